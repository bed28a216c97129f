package dev.stride.recipe;

import static dev.stride.recipe.PlannerTest.SIX_BILLION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.ConfigReader;
import dev.stride.config.FullConfig;
import dev.stride.config.LoraConfig;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.TuningConfig;
import dev.stride.config.UserException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final LoraConfig LORA = new LoraConfig(8, 32, 0.1, List.of("query_key_value"), false);
    private static final DataFacts DATA = new DataFacts(5000, 620_000, 400_000, 210, 0);
    private static final long GIB = 1L << 30;

    private static RunPlan plan(MachineFacts machine, String... sets) {
        return Planner.plan(ConfigReader.read(null, Map.of(), List.of(sets)), DATA, SIX_BILLION, machine);
    }

    private static MachineFacts cpu(long gib) {
        return new MachineFacts("cpu", false, gib * GIB, 2, true);
    }

    private static long part(MemoryEstimate memory, String name) {
        return memory.parts().stream()
                .filter(part -> part.name().equals(name))
                .mapToLong(MemoryPart::bytes)
                .sum();
    }

    private static MemoryEstimate estimate(
            TuningConfig tuning, PrecisionChoice precision, boolean recompute, long tokens) {
        return new MemoryModel(SIX_BILLION, tuning, precision, recompute).estimate(tokens, 0, 0);
    }

    /** Moments of the 6B model by whole tensors: the largest share is within a twentieth of an even one. */
    @Test
    void estimate_momentsOfSeveralRanks_areTheLargestShare() {
        for (TuningConfig tuning : List.of(LORA, new FullConfig())) {
            long all = 8 * SIX_BILLION.trainable(tuning);
            for (int ranks : new int[] {2, 4, 8}) {
                MemoryEstimate shared =
                        new MemoryModel(SIX_BILLION, tuning, PrecisionChoice.BF16, false, ranks).estimate(64, 0, 0);
                MemoryEstimate whole =
                        new MemoryModel(SIX_BILLION, tuning, PrecisionChoice.BF16, false).estimate(64, 0, 0);
                long share = part(shared, "optimizer");
                assertThat(share).isBetween(all / ranks, (long) (1.05 * all / ranks));
                assertThat(whole.total() - shared.total())
                        .as("nothing else differs")
                        .isEqualTo(all - share);
            }
        }
    }

    @Test
    void plan_fullTuningThatDoesNotFit_fitsWithZeroAndSaysSo() {
        MachineFacts machine = new MachineFacts("A100", true, 90 * GIB, 8, true, 4);
        assertThatThrownBy(() -> plan(machine, "method=full", "train.precision=bf16", "train.recompute=on"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--zero on (");
        RunPlan zero = plan(machine, "method=full", "train.precision=bf16", "train.recompute=on", "train.zero=on");
        assertThat(zero.memory().total()).isLessThan(90 * GIB);
        assertThat(zero.toText()).contains("the largest share of 4 ranks (train.zero)");
    }

    /** The count that the official demo's notebook prints. */
    @Test
    void trainable_loraOfRankEight_isTheNotebooksCount() {
        assertThat(SIX_BILLION.trainable(LORA)).isEqualTo(1_949_696);
        assertThat(SIX_BILLION.parameters() + SIX_BILLION.trainable(LORA)).isEqualTo(6_245_533_696L);
        assertThat(SIX_BILLION.trainable(new FullConfig())).isEqualTo(SIX_BILLION.parameters());
        LoraConfig all = new LoraConfig(8, 32, 0, LoraConfig.LINEARS, false);
        assertThat(SIX_BILLION.trainable(all))
                .isEqualTo(28L * 8 * (4096 + 4608 + 4096 + 4096 + 4096 + 27_392 + 13_696 + 4096));
    }

    @Test
    void estimate_full_isSixteenBytesAParameterAndTwoMoreInBf16() {
        long n = SIX_BILLION.parameters();
        MemoryEstimate fp32 = estimate(new FullConfig(), PrecisionChoice.FP32, false, 1);
        assertThat(part(fp32, "masters") + part(fp32, "gradients") + part(fp32, "optimizer"))
                .isEqualTo(16 * n);
        assertThat(part(fp32, "weights")).isZero();
        assertThat(part(estimate(new FullConfig(), PrecisionChoice.BF16, false, 1), "weights"))
                .isEqualTo(2 * n);
    }

    @Test
    void estimate_lora_isTheBaseAndALittle() {
        MemoryEstimate memory = estimate(LORA, PrecisionChoice.BF16, false, 256);
        assertThat(part(memory, "weights")).isEqualTo(2 * SIX_BILLION.parameters());
        assertThat(memory.total()).isBetween(12 * GIB, 15 * GIB);
    }

    @Test
    void estimate_moreTokens_needMoreAndRecomputingLess() {
        for (PrecisionChoice precision : new PrecisionChoice[] {PrecisionChoice.FP32, PrecisionChoice.BF16}) {
            for (TuningConfig tuning : new TuningConfig[] {LORA, new FullConfig()}) {
                long few = estimate(tuning, precision, false, 256).total();
                long many = estimate(tuning, precision, false, 512).total();
                assertThat(many).isGreaterThan(few);
                assertThat(estimate(tuning, precision, true, 512).total()).isLessThan(many);
            }
        }
    }

    /** The peak of a LoRA step must not grow with the vocabulary, beyond the base's own weights and one chunk. */
    @Test
    void estimate_largerVocabulary_needsNoMoreForLogits() {
        ModelFacts large = new ModelFacts(28, 4096, 13_696, 32, 128, 2, 130_048, 6_776_000_000L);
        MemoryEstimate memory = new MemoryModel(large, LORA, PrecisionChoice.FP32, false).estimate(4096, 0, 0);
        assertThat(part(memory, "logits")).isLessThanOrEqualTo(3 * (32L << 20));
    }

    @Test
    void estimate_generationOfManyRows_isCountedWhereItIsMore() {
        MemoryModel model = new MemoryModel(SIX_BILLION, LORA, PrecisionChoice.BF16, true);
        MemoryEstimate without = model.estimate(64, 0, 0);
        MemoryEstimate with = model.estimate(64, 256, 2048);
        assertThat(with.total()).isGreaterThan(without.total());
        assertThat(part(with, "generation")).isPositive();
        assertThat(part(model.estimate(4096, 1, 64), "generation")).isZero();
    }

    @Test
    void plan_sixBillionByLoraOn24GiB_isBf16AndFits() {
        RunPlan plan = plan(cpu(24), "train.batch=4");
        assertThat(plan.precision().value()).isEqualTo(PrecisionChoice.BF16);
        assertThat(plan.memory().total()).isLessThan((long) (0.8 * 24 * GIB));
        assertThat(plan.passTokens().value()).isEqualTo(840);
        assertThat(plan.passTokens().reason()).isEqualTo("a whole update in one pass");
    }

    @Test
    void plan_largeUpdate_isSplitIntoPassesThatLeaveAFifthFree() {
        RunPlan plan = plan(cpu(24), "train.batch=64");
        assertThat(plan.passTokens().value()).isEqualTo(1024);
        assertThat(plan.memory().total()).isLessThan((long) (0.8 * 24 * GIB));
    }

    @Test
    void plan_machineWithLittleRoom_usesItAndWarns() {
        RunPlan plan = plan(cpu(14), "train.batch=64");
        assertThat(plan.passTokens().value()).isLessThan(512);
        assertThat(plan.warnings()).anySatisfy(warning -> assertThat(warning).contains("less than a tenth"));
    }

    @Test
    void plan_fullTuningOn24GiB_isRefusedNamingLora() {
        assertThatThrownBy(() -> plan(cpu(24), "method=full"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("method full in bf16")
                .hasMessageContaining("optimizer alone 46.5 GiB")
                .hasMessageContaining("the 24.0 GiB of cpu")
                .hasMessageContaining("These fit: --method lora (");
    }

    @Test
    void plan_fp32On24GiB_isRefusedNamingBf16() {
        assertThatThrownBy(() -> plan(cpu(24), "train.precision=fp32"))
                .hasMessageContaining("These fit: --precision bf16 (");
    }

    @Test
    void plan_tokenBudgetTooLarge_isRefusedNamingASmallerOne() {
        assertThatThrownBy(() -> plan(cpu(24), "train.token_budget=8192"))
                .hasMessageContaining("with 8,192 tokens a pass")
                .hasMessageContaining("These fit: --token-budget 210 (")
                .hasMessageContaining("--recompute on (");
    }

    @Test
    void plan_modelThatCannotFit_saysTheLeast() {
        assertThatThrownBy(() -> plan(cpu(8)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("No smaller plan fits either: 12.");
    }

    @Test
    void plan_offersOfARefusal_fitWhenTaken() {
        RunPlan taken = plan(cpu(24), "train.precision=bf16", "train.token_budget=210");
        assertThat(taken.memory().total()).isLessThan(24 * GIB);
    }

    @Test
    void plan_tokenBudgetBelowTheLongestRow_isRefused() {
        assertThatThrownBy(() -> plan(cpu(24), "train.token_budget=100"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("train.token_budget: 100; allowed: at least 210, the longest row");
    }

    @Test
    void plan_microBatch_fixesThePass() {
        assertThat(plan(cpu(64), "train.micro_batch=2").passTokens().value()).isEqualTo(420);
    }

    @Test
    void plan_cards_chooseTheTypeTheyHave() {
        MachineFacts a100 = new MachineFacts("A100", true, 80 * GIB, 8, true);
        MachineFacts v100 = new MachineFacts("V100", true, 16 * GIB, 8, false);
        assertThat(plan(a100).precision().value()).isEqualTo(PrecisionChoice.BF16);
        assertThat(plan(v100, "train.batch=4").precision().value()).isEqualTo(PrecisionChoice.FP16);
        assertThatThrownBy(() -> plan(cpu(24), "train.precision=fp16"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("fp16 needs CUDA");
    }

    @Test
    void plan_bf16WithoutInstructions_isWarnedAbout() {
        MachineFacts old = new MachineFacts("an old cpu", false, 24 * GIB, 2, false);
        assertThat(plan(old).warnings())
                .anySatisfy(warning -> assertThat(warning).startsWith("an old cpu has no instructions for bf16"));
    }
}
