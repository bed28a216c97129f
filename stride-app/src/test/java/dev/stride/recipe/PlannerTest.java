package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.ConfigReader;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.RunConfig;
import dev.stride.config.ScheduleName;
import dev.stride.config.UserException;
import dev.stride.schedule.Cosine;
import dev.stride.schedule.Linear;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlannerTest {
    /** The sizes of ChatGLM3-6B. */
    static final ModelFacts SIX_BILLION = new ModelFacts(28, 4096, 13_696, 32, 128, 2, 65_024, 6_243_584_000L);

    private static final ModelFacts SMALL = new ModelFacts(4, 128, 344, 4, 32, 2, 2000, 1_500_000);
    private static final MachineFacts CPU = new MachineFacts("cpu", false, 24L << 30, 2, true);
    private static final DataFacts DATA = new DataFacts(5000, 620_000, 400_000, 210, 0);

    private static RunConfig config(String... sets) {
        return ConfigReader.read(null, java.util.Map.of(), List.of(sets));
    }

    private static RunPlan plan(String... sets) {
        return Planner.plan(config(sets), DATA, SMALL, CPU);
    }

    @Test
    void recipes_baselines_areThreeEMinusFiveOrTheGeometricMiddle() {
        assertThat(plan("task=classification", "train.batch=32").peak()).isEqualTo(3e-5);
        assertThat(plan("task=dialogue").peak()).isEqualTo(3e-5);
        assertThat(plan("task=code").peak()).isCloseTo(7.0710678118654752e-5, within(1e-19));
    }

    @Test
    void withRecipe_eachTask_bringsBatchLengthsScheduleAndWarmup() {
        RunPlan classification = plan("task=classification");
        assertThat(classification.batch().value()).isEqualTo(32);
        assertThat(classification.maxTokens().value()).isEqualTo(128);
        assertThat(classification.updates().value()).isEqualTo(3 * 157);
        assertThat(classification.schedule()).isEqualTo(new Cosine(3e-5, 0, 29, 471));
        RunPlan dialogue = plan("task=dialogue");
        assertThat(dialogue.batch().value()).isEqualTo(64);
        assertThat(dialogue.maxTokens().value()).isEqualTo(512);
        assertThat(dialogue.schedule()).isEqualTo(new Cosine(3e-5, 0, 19, 237));
        RunPlan code = plan("task=code");
        assertThat(code.batch().value()).isEqualTo(128);
        assertThat(code.maxTokens().value()).isEqualTo(1024);
        assertThat(code.schedule()).isEqualTo(new Linear(code.peak(), 0, 12, 120));
        assertThat(code.config().origin("schedule.warmup").text()).isEqualTo("recipe code");
    }

    @Test
    void withRecipe_twice_isTheSame() {
        RunConfig once = Planner.withRecipe(config("task=code", "schedule.warmup=5%"));
        assertThat(Planner.withRecipe(once)).isEqualTo(once);
        assertThat(once.schedule().warmup()).hasToString("5%");
        assertThat(once.schedule().name()).isEqualTo(ScheduleName.LINEAR);
    }

    @Test
    void withRecipe_lengthGiven_keepsIt() {
        assertThat(plan("task=code", "data.max_length=300").maxTokens().value()).isEqualTo(300);
        assertThat(plan("task=code", "data.max_input_length=100").maxTokens().value())
                .isEqualTo(613);
    }

    @Test
    void plan_noTask_usesDialogueAndSaysSo() {
        RunPlan plan = plan();
        assertThat(plan.recipe().name()).isEqualTo("dialogue");
        assertThat(plan.maxTokens().value()).isEqualTo(769);
        assertThat(plan.notes().get(0)).startsWith("No task was given");
        assertThat(plan.ledger().factors().get(0).reason()).startsWith("no task was given, so the rates of dialogue");
    }

    @Test
    void plan_batchOfAnotherSize_scalesTheRateByTheRule() {
        assertThat(plan("task=dialogue", "train.batch=128").peak()).isCloseTo(6e-5, within(1e-18));
        assertThat(plan("task=dialogue", "train.batch=128", "plan.scaling=sqrt").peak())
                .isCloseTo(3e-5 * Math.sqrt(2), within(1e-18));
        assertThat(plan("task=dialogue", "train.batch=128", "plan.scaling=none").peak())
                .isEqualTo(3e-5);
        RunPlan capped = plan("task=code", "train.batch=512");
        assertThat(capped.peak()).isCloseTo(1e-4, within(1e-18));
        assertThat(capped.ledger().factors())
                .extracting(Factor::name)
                .containsExactly("recipe", "batch", "hardware", "cap");
    }

    @Test
    void ledger_everyPlan_multipliesToTheRateThatIsUsed() {
        int seen = 0;
        for (String task : new String[] {"classification", "dialogue", "code"}) {
            for (int batch : new int[] {1, 4, 7, 32, 64, 128, 1000}) {
                for (String rule : new String[] {"linear", "sqrt", "none"}) {
                    RunPlan plan =
                            plan("task=" + task, "train.batch=" + batch, "plan.scaling=" + rule, "train.steps=50");
                    double product = 1;
                    for (Factor factor : plan.ledger().factors()) {
                        product *= factor.value();
                        assertThat(factor.reason()).isNotBlank();
                    }
                    assertThat(plan.peak()).isEqualTo(product).isLessThanOrEqualTo(1e-4 * (1 + 1e-12));
                    assertThat(plan.schedule().peak()).isEqualTo(product);
                    assertThat(plan.schedule().at(plan.schedule().warmup())).isEqualTo(product);
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(63);
    }

    @Test
    void plan_rateGiven_isUsedAsItIs() {
        RunPlan plan = plan("optimizer.lr=2e-4", "train.batch=7");
        assertThat(plan.ledger().factors()).singleElement().satisfies(factor -> {
            assertThat(factor.name()).isEqualTo("given");
            assertThat(factor.value()).isEqualTo(2e-4);
        });
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void plan_rateAboveTheMethodsCap_isUsedWithAWarning() {
        assertThat(plan("optimizer.lr=2e-4", "method=full").warnings())
                .singleElement()
                .asString()
                .startsWith("The given rate 2e-4 is above the cap 1e-4 of method full");
        assertThat(plan("optimizer.lr=2e-3").peak()).isEqualTo(2e-3);
        assertThat(plan("optimizer.lr=2e-3").warnings())
                .singleElement()
                .asString()
                .contains("cap 1e-3 of method lora");
        assertThat(plan("optimizer.lr=1e-3").warnings()).isEmpty();
    }

    @Test
    void plan_loraUnderTheClassicRules_saysWhatEvidenceSuggests() {
        assertThat(plan("task=dialogue").other().headline())
                .isEqualTo("peak 3e-4 instead of 3e-5: method 10 instead of 1");
        assertThat(plan("task=dialogue", "method=full").other().sentences().get(0))
                .startsWith("schedule linear to 0 instead of cosine to 0: ");
        assertThat(plan("task=dialogue", "optimizer.lr=1e-4").other().headline())
                .isEqualTo("the same peak, 1e-4");
    }

    /** 10,000 rows, 128 an update, 3 epochs. */
    @Test
    void updates_countOfTable4c_isRoundedUp() {
        DataFacts data = new DataFacts(10_000, 1_000_000, 500_000, 200, 0);
        RunPlan plan = Planner.plan(config("train.batch=128", "train.epochs=3"), data, SMALL, CPU);
        assertThat(plan.updates().value()).isEqualTo(237);
        assertThat(plan.updatesPerEpoch()).isEqualTo(79);
        assertThat(Planner.updates(0.1, 30)).isEqualTo(3);
        assertThat(Planner.updates(1.5, 79)).isEqualTo(119);
        assertThat(Planner.updates(1.1, 10)).isEqualTo(11);
    }

    @Test
    void plan_nothingToTrainOn_isRefused() {
        assertThatThrownBy(() -> Planner.plan(config(), new DataFacts(0, 0, 0, 0, 0), SMALL, CPU))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no rows");
        assertThatThrownBy(() -> Planner.plan(config(), new DataFacts(3, 90, 0, 30, 0), SMALL, CPU))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no token that trains in 3 rows");
    }

    @Test
    void plan_scheduleThatDoesNotFit_isRefused() {
        assertThatThrownBy(() -> plan("train.steps=20", "schedule.warmup=20"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.warmup: 20 = 20 updates; allowed: at most 19");
    }

    @Test
    void plan_oddData_isWarnedAbout() {
        RunPlan plan = Planner.plan(
                config("train.steps=10", "data.val=v", "train.eval_every=11"),
                new DataFacts(10, 2000, 900, 769, 4),
                SMALL,
                CPU);
        assertThat(plan.warnings()).hasSize(3);
        assertThat(plan.warnings().get(0)).startsWith("The data has 10 rows, fewer than the batch of 64");
        assertThat(plan.warnings().get(1))
                .startsWith("4 of 10 rows are longer than 769 tokens and were cut (keep-end)");
        assertThat(plan.warnings().get(2)).startsWith("Validation every 11 would not come");
    }

    @Test
    void toText_wholePlan_isCalmAndAligned() {
        RunPlan plan = Planner.plan(config("task=dialogue", "train.batch=32"), DATA, SIX_BILLION, CPU);
        List<String> lines = plan.toText().lines().toList();
        assertThat(lines).allSatisfy(line -> {
            assertThat(line.length()).as(line).isLessThanOrEqualTo(120);
            assertThat(line).isEqualTo(line.stripTrailing());
        });
        assertThat(plan.toText())
                .contains("task        dialogue (--set task)\n")
                .contains("data        5,000 rows, 620,000 tokens (124 a row, longest 210), 400,000 trained\n")
                .contains("length      512 tokens at most: input 255 (recipe dialogue) + output 256 (recipe dialogue)"
                        + " + 1\n")
                .contains("updates     471: ceil(5,000 rows / 32) = 157 an epoch, 3 epochs (default)\n")
                .contains("rate        peak 1.5e-5\n")
                .contains("3e-5        recipe    the baseline 3e-5, which dialogue's range 2e-5 to 5e-5 holds\n")
                .contains("x 0.5         batch     batch 32 against the recipe's 64: the rate follows in proportion\n")
                .contains("x 1           recovery  1 until a recovery lowers the rate\n")
                .contains("tokens      about 1,860,000 in all, 1,200,000 trained\n")
                .contains("  beta2         0.999     default")
                .contains(
                        "evidence    peak 2.1213e-4 instead of 1.5e-5: method 10 instead of 1, batch 0.70711 instead of 0.5\n"
                                + "                3e-5        recipe    the baseline")
                .contains("warm-up     38 updates = 8% (recipe dialogue); first update 3.9474e-7, last 0\n")
                .contains("1.5e-5 ┤")
                .contains("LoRA: 1,949,696 of 6,243,584,000 parameters (0.031227 %), on query_key_value\n")
                .contains("rank 8, scale 4; peak rate x scale = 6e-5\n")
                .contains("memory      about ");
    }

    @Test
    void toJson_document_hasEveryNumberWithItsReason() {
        RunPlan plan = plan("task=code", "train.batch=512");
        ObjectNode json = plan.toJson();
        assertThat(json.at("/updates/value").asLong()).isEqualTo(plan.updates().value());
        assertThat(json.at("/lr/peak").asDouble()).isEqualTo(plan.peak());
        double product = 1;
        for (var factor : json.at("/lr/ledger")) {
            product *= factor.path("factor").asDouble();
        }
        assertThat(product).isEqualTo(plan.peak());
        assertThat(json.at("/schedule/warmup_steps").asLong())
                .isEqualTo(plan.schedule().warmup());
        assertThat(json.at("/memory/estimated_bytes").asLong())
                .isEqualTo(plan.memory().total());
        assertThat(json.at("/config/train.batch/origin").asText()).isEqualTo("--set train.batch");
        assertThat(json.path("config").size())
                .isEqualTo(plan.config().settings().size());
        for (String derived : new String[] {"updates", "batch", "max_tokens", "pass_tokens", "precision"}) {
            assertThat(json.path(derived).path("reason").asText()).as(derived).isNotBlank();
            assertThat(json.path(derived).path("value").isValueNode())
                    .as(derived)
                    .isTrue();
        }
        assertThat(Stream.of("task", "guards", "notes", "warnings").allMatch(json::has))
                .isTrue();
    }

    @Test
    void plan_precisionGiven_isKept() {
        assertThat(plan("train.precision=bf16").precision().value()).isEqualTo(PrecisionChoice.BF16);
        assertThat(plan().precision().value()).isEqualTo(PrecisionChoice.FP32);
    }
}
