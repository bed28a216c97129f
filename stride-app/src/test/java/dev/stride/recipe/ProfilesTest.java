package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.ConfigReader;
import dev.stride.config.Numbers;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.ScheduleName;
import dev.stride.config.UserException;
import dev.stride.schedule.Linear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the two profiles plan for each task and method, and that a ledger multiplies to the rate that is used. */
class ProfilesTest {
    private static final ModelFacts SMALL = new ModelFacts(4, 128, 344, 4, 32, 2, 2000, 1_500_000);
    private static final MachineFacts CPU = new MachineFacts("cpu", false, 64L << 30, 2, true);
    private static final MachineFacts AMPERE = new MachineFacts("cuda:0, NVIDIA A100", true, 80L << 30, 8, true);
    private static final MachineFacts VOLTA = new MachineFacts("cuda:0, Tesla V100", true, 80L << 30, 8, false);
    private static final DataFacts DATA = new DataFacts(5000, 620_000, 400_000, 110, 0);
    private static final String[] TASKS = {"classification", "dialogue", "code"};

    private static RunPlan plan(MachineFacts machine, String... sets) {
        return Planner.plan(ConfigReader.read(null, Map.of(), List.of(sets)), DATA, SMALL, machine);
    }

    private static RunPlan plan(MachineFacts machine, List<String> sets) {
        return plan(machine, sets.toArray(String[]::new));
    }

    @Test
    void classic_eachTaskAndMethod_isTheWrittenRules() {
        double[] peaks = {3e-5, 3e-5, Math.sqrt(5e-5 * 1e-4)};
        int seen = 0;
        for (int i = 0; i < TASKS.length; i++) {
            for (String method : new String[] {"full", "lora"}) {
                RunPlan plan = plan(CPU, "task=" + TASKS[i], "method=" + method);
                assertThat(plan.peak()).isEqualTo(peaks[i]);
                assertThat(plan(AMPERE, "task=" + TASKS[i], "method=" + method).peak())
                        .isCloseTo(1.2 * peaks[i], within(1e-18));
                assertThat(plan(VOLTA, "task=" + TASKS[i], "method=" + method).peak())
                        .isCloseTo(0.9 * peaks[i], within(1e-18));
                assertThat(plan.optimizer().weightDecay().value()).isEqualTo(0.1);
                assertThat(plan.optimizer().beta2().value()).isEqualTo(0.999);
                assertThat(plan.optimizer().eps()).isEqualTo(1e-8);
                assertThat(plan.optimizer().clip().value()).isEqualTo(1);
                assertThat(plan.other().profile()).isEqualTo(RuleProfile.EVIDENCE);
                seen++;
            }
        }
        assertThat(seen).isEqualTo(6);
    }

    @Test
    void evidence_eachTaskAndMethod_isThatOfTheLiterature() {
        int seen = 0;
        for (String task : TASKS) {
            for (String method : new String[] {"full", "lora"}) {
                for (MachineFacts machine : new MachineFacts[] {CPU, AMPERE, VOLTA}) {
                    boolean lora = method.equals("lora");
                    RunPlan plan = plan(machine, "task=" + task, "method=" + method, "plan.profile=evidence");
                    double base = plan.recipe().baseline();
                    assertThat(plan.peak()).isCloseTo(lora ? 10 * base : base, within(1e-18));
                    assertThat(plan.schedule()).isInstanceOf(Linear.class);
                    assertThat(plan.schedule().at(plan.schedule().steps())).isZero();
                    assertThat(plan.optimizer().weightDecay().value()).isEqualTo(lora ? 0 : 0.1);
                    assertThat(plan.optimizer().beta2().value()).isEqualTo(0.999);
                    assertThat(plan.optimizer().clip().value()).isEqualTo(1);
                    assertThat(plan.ledger().factors())
                            .extracting(Factor::name)
                            .containsExactly("recipe", "method", "batch", "hardware", "cap");
                    assertThat(plan.ledger().value("hardware")).isEqualTo(1);
                    assertThat(plan.config().origin("schedule.name").text()).isEqualTo("profile evidence");
                    assertThat(plan.other().profile()).isEqualTo(RuleProfile.CLASSIC);
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(18);
    }

    @Test
    void evidence_fourTimesTheBatch_scalesByTwoAndMovesBeta2() {
        RunPlan plan = plan(CPU, "task=classification", "method=full", "train.batch=128", "plan.profile=evidence");
        assertThat(plan.peak()).isCloseTo(6e-5, within(1e-18));
        assertThat(plan.optimizer().beta2().value()).isCloseTo(0.996005996001, within(1e-12));
        assertThat(plan.optimizer().beta2().reason()).contains("0.999 at the recipe's batch of 32", "128");
        assertThat(plan.toText()).contains("beta2         0.996006");
        assertThat(plan.config().optimizer().beta2())
                .isEqualTo(plan.optimizer().beta2().value());
        RunPlan classic = plan(CPU, "task=classification", "method=full", "train.batch=128");
        assertThat(classic.peak()).isCloseTo(1e-4, within(1e-18));
        assertThat(classic.optimizer().beta2().value()).isEqualTo(0.999);
        assertThat(classic.other().headline())
                .startsWith("peak 6e-5 instead of 1e-4: batch 2 instead of 4, cap 1 instead of 0.83");
        assertThat(classic.other().sentences())
                .anyMatch(s -> s.startsWith("beta2 0.99601 instead of 0.999"))
                .anyMatch(s -> s.startsWith("schedule linear to 0 instead of cosine to 0"));
    }

    @Test
    void evidence_capIsThatOfTheMethod() {
        assertThat(plan(CPU, "task=code", "method=full", "train.batch=1024", "plan.profile=evidence")
                        .peak())
                .isCloseTo(1e-4, within(1e-18));
        assertThat(plan(CPU, "task=code", "train.batch=1024", "plan.profile=evidence")
                        .peak())
                .isCloseTo(1e-3, within(1e-17));
    }

    @Test
    void evidence_valuesThatAPersonGave_win() {
        RunPlan plan = plan(
                AMPERE,
                "task=dialogue",
                "plan.profile=evidence",
                "train.batch=128",
                "plan.scaling=linear",
                "plan.hardware_factor=on",
                "optimizer.beta2=0.95",
                "optimizer.weight_decay=0.01",
                "optimizer.clip=0.5",
                "schedule.name=cosine",
                "schedule.warmup=3");
        assertThat(plan.peak()).isCloseTo(3e-5 * 10 * 2 * 1.2, within(1e-17));
        assertThat(plan.optimizer().beta2().value()).isEqualTo(0.95);
        assertThat(plan.optimizer().weightDecay().value()).isEqualTo(0.01);
        assertThat(plan.optimizer().clip().value()).isEqualTo(0.5);
        assertThat(plan.config().schedule().name()).isEqualTo(ScheduleName.COSINE);
        assertThat(plan.schedule().warmup()).isEqualTo(3);
        assertThat(plan.optimizer().beta2().reason()).isEqualTo("given (--set optimizer.beta2)");
        assertThat(plan.other().headline()).isEqualTo("peak 7.2e-5 instead of 7.2e-4: method 1 instead of 10");
        assertThat(plan.other().sentences())
                .as("what was given is the same in both")
                .singleElement()
                .asString()
                .startsWith("guard grad-norm instead of grad-norm-z");
    }

    /** The floor of ten updates that the evidence profile asks for is kept by the recipes' shares themselves. */
    @Test
    void warmup_runsOf200UpdatesAndMore_hasTenAtLeast() {
        int seen = 0;
        for (String task : TASKS) {
            for (int steps = 200; steps < 1200; steps += 7) {
                assertThat(plan(CPU, "task=" + task, "plan.profile=evidence", "train.steps=" + steps)
                                .schedule()
                                .warmup())
                        .isGreaterThanOrEqualTo(10);
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(400);
    }

    @Test
    void hardware_givenOrOff_isOneLineOfTheLedger() {
        assertThat(plan(CPU, "task=dialogue", "plan.hardware=h100").peak()).isCloseTo(3.6e-5, within(1e-19));
        assertThat(plan(AMPERE, "task=dialogue", "plan.hardware=v100").peak()).isCloseTo(2.7e-5, within(1e-19));
        RunPlan off = plan(AMPERE, "task=dialogue", "plan.hardware_factor=off");
        assertThat(off.peak()).isEqualTo(3e-5);
        assertThat(off.ledger().factors())
                .filteredOn(factor -> factor.name().equals("hardware"))
                .singleElement()
                .satisfies(factor -> {
                    assertThat(factor.value()).isEqualTo(1);
                    assertThat(factor.reason()).contains("off (--set plan.hardware_factor)");
                });
        assertThat(plan(VOLTA, "task=dialogue").optimizer().clip().reason()).contains("fp16 only");
        for (String[] idle : new String[][] {
            {"optimizer.lr=1e-4", "plan.hardware=v100"}, {"optimizer.lr=1e-4", "plan.hardware_factor=on"}
        }) {
            assertThatThrownBy(() -> plan(CPU, idle))
                    .as(String.join(" ", idle))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("It would have no effect");
        }
        for (String off2 : new String[] {"plan.hardware_factor=off", "plan.profile=evidence"}) {
            RunPlan named = plan(CPU, off2, "plan.hardware=v100");
            assertThat(named.ledger().factors())
                    .as("what the card would have had is said")
                    .filteredOn(factor -> factor.name().equals("hardware"))
                    .singleElement()
                    .satisfies(factor -> {
                        assertThat(factor.value()).isEqualTo(1);
                        assertThat(factor.reason()).endsWith("v100 (given (--set plan.hardware)) has x 0.9");
                    });
        }
        RunPlan evidence = plan(CPU, "task=dialogue", "plan.profile=evidence", "plan.hardware=v100");
        assertThat(evidence.other().headline()).startsWith("peak 2.7e-5").contains("hardware 0.9 instead of 1");
        assertThat(plan(AMPERE, "plan.profile=evidence", "plan.hardware_factor=on", "plan.hardware=v100")
                        .ledger()
                        .value("hardware"))
                .isEqualTo(0.9);
    }

    @Test
    void other_thatDoesNotGoWithWhatWasGiven_saysWhy() {
        RunPlan plan = plan(CPU, "task=dialogue", "schedule.form=hf", "schedule.min_lr=1e-6");
        assertThat(plan.other().choices()).isNull();
        assertThat(plan.other().sentences()).isEmpty();
        assertThat(plan.other().headline())
                .startsWith("does not go with what was given")
                .contains("profile evidence");
        assertThat(plan.toText()).contains("evidence    does not go");
        assertThat(plan.toJson().at("/other_profile/name").asText()).isEqualTo("evidence");
    }

    @Test
    void given_rate_isMultipliedByWhatWasAskedForAlone() {
        RunPlan plan = plan(
                AMPERE,
                "optimizer.lr=2e-4",
                "train.batch=7",
                "lora.plus_ratio=4",
                "optimizer.layer_decay=0.5",
                "train.steps=30");
        RateGroup bottom = plan.groups().stream()
                .filter(group -> group.name().equals("lora_b.layer00"))
                .findFirst()
                .orElseThrow();
        assertThat(plan.ledger(bottom).factors())
                .extracting(Factor::name)
                .containsExactly("given", "layer decay", "LoRA+", "recovery");
        assertThat(plan.ledger(bottom).product()).isEqualTo(2e-4 * 0.125 * 4);
        assertThat(plan(CPU, "optimizer.lr=2e-4", "lora.plus_ratio=16").warnings())
                .singleElement()
                .asString()
                .startsWith("The group lora_b has a peak of 3.2e-3, above the cap 1e-3 of method lora");
    }

    /** Bits, not closeness: the peak's ledger, each update's ledger, and the planned rates are the same doubles. */
    @Test
    void ledger_anyConfigurationGroupAndStep_multipliesToTheRate() {
        Random random = new Random(3);
        int rates = 0;
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 250; i++) {
            List<String> sets = random(random);
            RunPlan plan = plan(new MachineFacts[] {CPU, AMPERE, VOLTA}[random.nextInt(3)], sets);
            seen.addAll(
                    sets.stream().map(set -> set.substring(0, set.indexOf('='))).toList());
            assertThat(bits(plan.ledger().product()))
                    .isEqualTo(bits(plan.schedule().peak()));
            for (RateGroup group : plan.groups()) {
                assertThat(bits(plan.ledger(group).product()))
                        .as("%s %s", sets, group.name())
                        .isEqualTo(bits(group.rate(plan.schedule().peak(), 1)));
                assertThat(plan.ledger(group).factors())
                        .allSatisfy(factor -> assertThat(factor.reason()).isNotBlank());
            }
            for (long step = 1; step <= plan.schedule().steps(); step++) {
                Map<String, Double> planned = plan.rates(step);
                assertThat(planned).hasSameSizeAs(plan.groups());
                for (RateGroup group : plan.groups()) {
                    assertThat(bits(plan.ledger(group, step).product()))
                            .isEqualTo(bits(planned.getOrDefault(group.name(), Double.NaN)));
                    rates++;
                }
            }
        }
        assertThat(rates).isGreaterThan(10_000);
        assertThat(seen).hasSize(11);
    }

    private static List<String> random(Random random) {
        boolean lora = random.nextBoolean();
        List<String> sets = new ArrayList<>(List.of(
                "task=" + TASKS[random.nextInt(3)],
                "method=" + (lora ? "lora" : "full"),
                "train.batch=" + (1 + random.nextInt(300)),
                "train.steps=" + (20 + random.nextInt(30)),
                "plan.profile=" + (random.nextBoolean() ? "classic" : "evidence")));
        if (random.nextInt(3) == 0) {
            sets.add("optimizer.lr=" + Math.exp(-12 + 5 * random.nextDouble()));
        } else if (random.nextBoolean()) {
            sets.add("plan.scaling=" + List.of("linear", "sqrt", "none").get(random.nextInt(3)));
        } else {
            sets.add("plan.hardware_factor=" + (random.nextBoolean() ? "on" : "off"));
        }
        if (random.nextBoolean()) {
            sets.add("optimizer.layer_decay=" + (0.05 + 0.9 * random.nextDouble()));
        }
        if (lora && random.nextBoolean()) {
            sets.add("lora.plus_ratio=" + (0.1 + 20 * random.nextDouble()));
        }
        if (random.nextInt(3) == 0) {
            sets.add("optimizer.groups=*.layers.2.*=" + (0.1 + random.nextDouble()));
        }
        return sets;
    }

    private static long bits(double value) {
        return Double.doubleToLongBits(value);
    }

    @Test
    void toJson_groupsOptimizerAndOtherProfile() {
        RunPlan plan = plan(CPU, "task=dialogue", "lora.plus_ratio=16");
        ObjectNode json = plan.toJson();
        assertThat(json.path("groups")).hasSize(2);
        JsonNode b = json.path("groups").get(1);
        assertThat(b.path("name").asText()).isEqualTo("lora_b");
        double product = 1;
        for (JsonNode factor : b.path("ledger")) {
            product *= factor.path("factor").asDouble();
        }
        assertThat(product).isEqualTo(b.path("peak").asDouble()).isCloseTo(4.8e-4, within(1e-18));
        assertThat(b.path("parameters")).hasSize(4);
        assertThat(json.at("/optimizer/weight_decay/value").asDouble()).isEqualTo(0.1);
        assertThat(json.at("/other_profile/peak").asDouble()).isCloseTo(3e-4, within(1e-18));
        assertThat(json.at("/other_profile/optimizer/weight_decay/value").asDouble())
                .isZero();
        assertThat(json.at("/tuning/peak_times_scale").asDouble()).isCloseTo(1.2e-4, within(1e-18));
        assertThat(json.at("/moved_share/bf16").asDouble()).isBetween(0.07, 0.09);
        assertThat(json.at("/moved_share/fp32").asDouble()).isGreaterThan(0.999);
        assertThat(plan.toText())
                .contains("groups      2, each with a rate of its own")
                .contains("lora_b                 4.8e-4      x LoRA+ 16")
                .contains(
                        "x 16          LoRA+     B, which starts at 0, learns faster than A (LoRA+, arXiv 2402.12354)");
    }

    /** For every recipe and method: each factor of the profile that was not chosen, with its value and its sentence. */
    @Test
    void toText_eachTaskMethodAndProfile_hasTheWholeLedgerOfBothProfiles() {
        int seen = 0;
        int samePeak = 0;
        for (String task : TASKS) {
            for (String method : new String[] {"full", "lora"}) {
                for (RuleProfile profile : RuleProfile.values()) {
                    RunPlan plan = plan(AMPERE, "task=" + task, "method=" + method, "plan.profile=" + profile.word());
                    RunPlan other = plan(
                            AMPERE,
                            "task=" + task,
                            "method=" + method,
                            "plan.profile=" + profile.other().word());
                    List<String> lines = plan.toText().lines().toList();
                    int at = 0;
                    while (!lines.get(at).startsWith(profile.other().word() + " ")) {
                        at++;
                    }
                    assertThat(lines.get(at)).contains(Numbers.text(other.peak()));
                    String rest =
                            String.join(" ", lines.subList(at, lines.size())).replaceAll(" +", " ");
                    assertThat(other.ledger().factors()).hasSizeGreaterThanOrEqualTo(4);
                    for (Factor factor : other.ledger().factors()) {
                        assertThat(rest)
                                .contains(Numbers.text(factor.value()) + " " + factor.name() + " " + factor.reason());
                    }
                    assertThat(rest).contains("x 1 recovery");
                    JsonNode json = plan.toJson().path("other_profile");
                    assertThat(json.path("ledger")).isEqualTo(other.toJson().at("/lr/ledger"));
                    assertThat(json.path("peak")).isEqualTo(other.toJson().at("/lr/peak"));
                    samePeak += lines.get(at).contains("the same peak") ? 1 : 0;
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(12);
        assertThat(samePeak)
                .as("a bf16 card has its factor in the classic profile alone")
                .isZero();
        String same = plan(CPU, "task=dialogue", "method=full").toText();
        assertThat(same)
                .contains("evidence    the same peak, 3e-5\n                3e-5        recipe")
                .contains("            schedule linear to 0 instead of cosine to 0: ")
                .contains("            guard grad-norm-z instead of grad-norm: ");
        assertThat(plan(CPU, "task=code", "method=full", "watch.guards=all=off").toText())
                .contains("            every other number is the same\n");
    }

    @Test
    void other_earlyStop_isOtherwiseWhereThereIsValidation() {
        RunPlan plan = plan(CPU, "task=dialogue", "data.val=v");
        assertThat(plan.other().sentences())
                .anyMatch(s -> s.startsWith("early stop by a paired bootstrap and the loss instead of by patience 2"))
                .anyMatch(s -> s.startsWith("recovery half the rate, a cooldown and twice the rate instead of half"));
        assertThat(plan(CPU, "task=dialogue", "data.val=v", "watch.max_recoveries=0")
                        .other()
                        .sentences())
                .noneMatch(s -> s.startsWith("recovery"));
    }

    @Test
    void evidence_loraOutsideItsRange_isWarnedAbout() {
        assertThat(plan(CPU, "task=dialogue", "plan.profile=evidence").warnings())
                .isEmpty();
        assertThat(plan(CPU, "task=dialogue", "plan.profile=evidence")
                        .ledger()
                        .factors()
                        .get(1)
                        .reason())
                .endsWith("and so is its range, 2e-4 to 5e-4");
        assertThat(plan(CPU, "task=dialogue", "plan.profile=evidence", "train.batch=4")
                        .warnings())
                .singleElement()
                .asString()
                .startsWith(
                        "The planned rate 7.5e-5 lies outside dialogue's range 2e-4 to 5e-4 for lora, because the batch");
    }

    @Test
    void toText_manyGroups_staysShort() {
        RunPlan plan = Planner.plan(
                ConfigReader.read(null, Map.of(), List.of("method=full", "optimizer.layer_decay=0.95", "task=code")),
                DATA,
                PlannerTest.SIX_BILLION,
                new MachineFacts("cuda:0, a card", true, 400L << 30, 8, true));
        assertThat(plan.toText())
                .contains("groups      59, each")
                .contains("... 47 more, which stride plan --json lists")
                .contains("decay.embedding");
        assertThat(plan.toText().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void requireSameAs_anotherDeviceOrData_isRefusedOnce() throws java.io.IOException {
        String[] sets = {"task=dialogue", "method=full", "train.precision=fp32"};
        RunPlan began = plan(AMPERE, sets);
        JsonNode stored = new ObjectMapper().readTree(began.toJson().toPrettyString());
        assertThat(plan(AMPERE, sets).requireSameAs(stored).peak()).isEqualTo(began.peak());
        assertThatThrownBy(() -> plan(CPU, sets).requireSameAs(stored))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("plan: schedule")
                .hasMessageContaining("as the run began")
                .hasMessageContaining("plan: peaks of the groups")
                .hasMessageContaining("--hardware");
        String[] pinned = Arrays.copyOf(sets, 4);
        pinned[3] = "plan.hardware=a100";
        assertThat(plan(CPU, pinned).requireSameAs(stored).peak()).isEqualTo(began.peak());
        RunConfig config = ConfigReader.read(null, Map.of(), List.of(pinned));
        RunPlan moreData = Planner.plan(config, new DataFacts(6000, 620_000, 400_000, 110, 0), SMALL, AMPERE);
        assertThatThrownBy(() -> moreData.requireSameAs(stored)).hasMessageContaining("plan: updates: ");
        assertThat(moreData.requireSameAs(new ObjectMapper().readTree("{}")))
                .as("a plan of an older version has no such numbers")
                .isSameAs(moreData);
    }
}
