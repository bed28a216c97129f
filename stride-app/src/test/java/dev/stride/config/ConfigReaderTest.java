package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
    @TempDir
    Path folder;

    private static RunConfig flags(String... flagsAndValues) {
        return ConfigReader.read(null, map(flagsAndValues), List.of());
    }

    private static Map<String, List<String>> map(String... flagsAndValues) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (int i = 0; i < flagsAndValues.length; i += 2) {
            flags.merge(flagsAndValues[i], List.of(flagsAndValues[i + 1]), (a, b) -> {
                List<String> both = new java.util.ArrayList<>(a);
                both.addAll(b);
                return both;
            });
        }
        return flags;
    }

    private static List<String> problems(@Nullable Path yaml, Map<String, List<String>> flags, String... sets) {
        UserException e =
                catchThrowableOfType(UserException.class, () -> ConfigReader.read(yaml, flags, List.of(sets)));
        assertThat(e).as("a refusal").isNotNull();
        return e.problems().stream().map(Problem::toLine).toList();
    }

    private static List<String> flagProblems(String... flagsAndValues) {
        return problems(null, map(flagsAndValues));
    }

    private Path yaml(String text) throws IOException {
        return Files.writeString(folder.resolve("run.yaml"), text);
    }

    @Test
    void read_nothing_isTheDefaults() {
        RunConfig config = ConfigReader.read(null, Map.of(), List.of());
        assertThat(config.tuning()).isEqualTo(new LoraConfig(8, 32, 0.1, List.of("query_key_value"), false));
        assertThat(config.optimizer()).isEqualTo(new OptimizerConfig(null, 0.1, 0.9, 0.999, 1e-8, 1));
        assertThat(config.data().maxTokens()).isEqualTo(769);
        assertThat(config.data().packing()).isTrue();
        assertThat(config.data().labelRule()).isEqualTo(TrainedRoles.LEGACY);
        assertThat(config.train().epochs()).isEqualTo(3.0);
        assertThat(config.train().steps()).isNull();
        assertThat(config.train().seed()).isEqualTo(42);
        assertThat(config.train().evalEvery()).isEqualTo(Cadence.EPOCH);
        assertThat(config.eval()).isEqualTo(new EvalConfig(50, 512, 16));
        assertThat(config.task()).isNull();
        assertThat(config.settings()).hasSize(Knobs.all().size());
        assertThat(config.origin("optimizer.lr")).isEqualTo(Origin.DEFAULT);
    }

    @Test
    void read_laterLayers_winAndKeepTheirOrigin() throws IOException {
        Path file = yaml("""
                # a run
                optimizer:
                  lr: 1e-5
                  clip: 2
                  eps: 1e-7
                train: {batch: 8}
                """);
        RunConfig config = ConfigReader.read(
                file, map("--clip", "3", "--eps", "1e-6"), List.of("optimizer.eps=1e-9", "train.seed=7"));
        assertThat(config.optimizer()).isEqualTo(new OptimizerConfig(1e-5, 0.1, 0.9, 0.999, 1e-9, 3));
        assertThat(config.origin("optimizer.lr").text()).isEqualTo(file + ":3");
        assertThat(config.origin("train.batch").text()).isEqualTo(file + ":6");
        assertThat(config.origin("optimizer.clip").text()).isEqualTo("--clip");
        assertThat(config.origin("optimizer.eps").text()).isEqualTo("--set optimizer.eps");
        assertThat(config.origin("optimizer.beta1")).isEqualTo(Origin.DEFAULT);
        assertThat(config.train().batch()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2e-5", "2.0e-5", "2E-05", "\"2e-5\"", "'2e-5'", "0.00002", "2.e-5", "+2e-5"})
    void read_everySpellingOfARate_isTheNumber(String spelling) throws IOException {
        assertThat(ConfigReader.read(yaml("optimizer:\n  lr: " + spelling + "\n"), Map.of(), List.of())
                        .optimizer()
                        .lr())
                .isEqualTo(2e-5);
        String bare = spelling.replaceAll("[\"']", "");
        assertThat(flags("--lr", bare).optimizer().lr()).isEqualTo(2e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1e-5", "NaN", "Infinity", "1e999", "fast", "", "2e-5f", "0x1p-3", "1,5"})
    void read_rateThatIsNoRate_isRefused(String text) {
        assertThat(flagProblems("--lr", text))
                .containsExactly("optimizer.lr: " + text + "; allowed: a number above 0 (from --lr)");
    }

    @Test
    void read_warmup_isAPercentageOrSteps() {
        assertThat(flags("--warmup", "8%").schedule().warmup()).isEqualTo(Share.ofPercent("8"));
        assertThat(flags("--warmup", "2.5 %").schedule().warmup()).isEqualTo(Share.ofPercent("2.5"));
        assertThat(flags("--warmup", "60").schedule().warmup()).isEqualTo(Share.ofSteps(60));
        assertThat(flags("--warmup", "0").schedule().warmup()).isEqualTo(Share.ofSteps(0));
    }

    @Test
    void read_warmupAsAFraction_isRefusedWithThePercentage() {
        assertThat(flagProblems("--warmup", "0.08"))
                .singleElement()
                .asString()
                .endsWith("A share is written as a percentage: 8%.");
        for (String wrong :
                new String[] {"101%", "-1", "-1%", "1.5", "%", "8 percent", "1e-999999999%", "1e999999999"}) {
            assertThat(flagProblems("--warmup", wrong)).as(wrong).hasSize(1);
        }
    }

    @Test
    void read_numbersFarOutOfRange_areRefusedAtOnce() {
        assertThat(flagProblems("--epochs", "1e300", "--steps", "1e999999999")).hasSize(3);
        assertThat(flagProblems("--batch", "1e999999999")).hasSize(1);
        assertThat(flagProblems("--lr", "1e999999999")).hasSize(1);
    }

    @Test
    void read_bothFormsOfWarmup_areRefused() throws IOException {
        assertThat(flagProblems("--warmup", "8%", "--warmup", "60"))
                .containsExactly("schedule.warmup: given twice, 8% and 60; allowed: a percentage such as 8%, or a whole"
                        + " number of updates such as 60; 0 for none (from --warmup). Keep one.");
        Path file = yaml("schedule:\n  warmup: 8%\n  warmup_steps: 60\n");
        String oneOf = "; allowed: one of schedule.warmup, schedule.warmup_steps, schedule.warmup_percent,"
                + " schedule.warmup_slope (from ";
        assertThat(problems(file, Map.of()))
                .containsExactly("schedule.warmup_steps: given together with schedule.warmup" + oneOf + file + ":3)");
        assertThat(flagProblems("--warmup-steps", "60", "--warmup-percent", "6"))
                .containsExactly("schedule.warmup_percent: given together with schedule.warmup_steps" + oneOf
                        + "--warmup-percent)");
        assertThat(problems(null, map("--warmup", "8%"), "schedule.warmup_steps=5"))
                .as("--set wins over a flag of the same key, and is no way around one of another")
                .containsExactly("schedule.warmup_steps: given together with schedule.warmup" + oneOf
                        + "--set schedule.warmup_steps)");
        assertThat(ConfigReader.read(null, Map.of("--warmup", List.of("8%")), List.of("schedule.warmup=5"))
                        .schedule()
                        .warmup())
                .isEqualTo(Share.ofSteps(5));
        assertThat(problems(yaml("schedule: {warmup_percent: 8, warmup: 60, warmup_steps: 60}\n"), Map.of()))
                .singleElement()
                .asString()
                .contains("given together with schedule.warmup and schedule.warmup_steps");
    }

    @Test
    void read_warmupInEachOfItsThreeSpellings_isTheSameWarmup() throws IOException {
        assertThat(flags("--warmup-steps", "60").schedule())
                .isEqualTo(flags("--warmup", "60").schedule());
        assertThat(flags("--warmup-percent", "8").schedule())
                .isEqualTo(flags("--warmup", "8%").schedule());
        assertThat(flags("--warmup-percent", "8 %").schedule())
                .isEqualTo(flags("--warmup", "8%").schedule());
        assertThat(flags("--warmup-percent", "0.5%").schedule())
                .isEqualTo(flags("--warmup", "0.5%").schedule());
        assertThat(flags("--warmup-steps", "0").schedule().warmup()).isEqualTo(Share.ofSteps(0));
        RunConfig config = ConfigReader.read(
                yaml("schedule:\n  warmup_percent: 7\n"), Map.of("--warmup-steps", List.of("30")), List.of());
        assertThat(config.schedule().warmup()).as("flags win over the file").isEqualTo(Share.ofSteps(30));
        assertThat(config.origin("schedule.warmup").text()).isEqualTo("--warmup-steps");
        RunConfig filled = config.withRecipe("code", Map.of("schedule.warmup", "10%"));
        assertThat(filled.schedule().warmup()).as("what was given stays").isEqualTo(Share.ofSteps(30));
    }

    @Test
    void read_warmupSlope_standsInPlaceOfALengthAndTheOtherWayRound() throws IOException {
        RunConfig sloped = flags("--warmup-slope", "2.5e-6");
        assertThat(sloped.schedule().warmupSlope()).isEqualTo(2.5e-6);
        assertThat(sloped.schedule().warmup()).isNull();
        assertThat(sloped.origin("schedule.warmup_slope").text()).isEqualTo("--warmup-slope");
        RunConfig filled = sloped.withRecipe("code", Map.of("schedule.warmup", "10%"));
        assertThat(filled.schedule().warmup()).as("what was given stays").isNull();
        assertThat(filled.schedule().warmupSlope()).isEqualTo(2.5e-6);
        Path file = yaml("schedule:\n  warmup_slope: 1e-6\n");
        for (String flag : List.of("--warmup", "--warmup-steps")) {
            ScheduleConfig over = ConfigReader.read(file, Map.of(flag, List.of("30")), List.of())
                    .schedule();
            assertThat(over.warmup()).as(flag).isEqualTo(Share.ofSteps(30));
            assertThat(over.warmupSlope()).as(flag).isNull();
        }
        assertThat(flagProblems("--warmup-slope", "1e-6", "--warmup", "8%"))
                .singleElement()
                .asString()
                .startsWith("schedule.warmup_slope: given together with schedule.warmup; allowed: one of ");
        for (String wrong : new String[] {"0", "-1e-6", "8%", ""}) {
            assertThat(flagProblems("--warmup-slope", wrong)).as(wrong).hasSize(1);
        }
    }

    /** 1 and 1.0 are one update to some and the whole run to others: each spelling has one meaning or none. */
    @Test
    void read_oneAsWarmup_isOneUpdateOrOnePercentOrRefused() {
        assertThat(flags("--warmup", "1").schedule().warmup()).isEqualTo(Share.ofSteps(1));
        assertThat(flags("--warmup", "100%").schedule().warmup()).isEqualTo(Share.ofPercent("100"));
        assertThat(flags("--warmup-steps", "1").schedule().warmup()).isEqualTo(Share.ofSteps(1));
        assertThat(flags("--warmup-percent", "100").schedule().warmup()).isEqualTo(Share.ofPercent("100"));
        assertThat(Objects.requireNonNull(
                                flags("--warmup-percent", "1").schedule().warmup())
                        .of(1000))
                .isEqualTo(10);
        assertThat(Objects.requireNonNull(
                                flags("--warmup-percent", "1.0").schedule().warmup())
                        .of(1000))
                .isEqualTo(10);
        assertThat(flagProblems("--warmup", "1.0"))
                .singleElement()
                .asString()
                .endsWith("1 is one update, 100% is all of them.");
        assertThat(flagProblems("--warmup-steps", "1.0"))
                .singleElement()
                .asString()
                .startsWith("schedule.warmup_steps: 1.0; allowed: a whole number of updates such as 60")
                .endsWith("A percentage is schedule.warmup_percent.");
        assertThat(flagProblems("--warmup-steps", "8%"))
                .singleElement()
                .asString()
                .endsWith("warmup_percent.");
        assertThat(flagProblems("--warmup-percent", "0.08"))
                .singleElement()
                .asString()
                .endsWith("As a share of all it is 8; as a percentage write 0.08%.");
        for (String wrong : new String[] {"101", "-1", "-1%", "%", "8 percent", "1e-999999999%", "1e999999999", ""}) {
            assertThat(flagProblems("--warmup-percent", wrong)).as(wrong).hasSize(1);
        }
        for (String wrong : new String[] {"-1", "1e-3", "1e999999999", "sixty", ""}) {
            assertThat(flagProblems("--warmup-steps", wrong)).as(wrong).hasSize(1);
        }
    }

    @Test
    void read_warmupAsOtherToolsNameIt_isExplained() throws IOException {
        assertThat(problems(yaml("schedule:\n  warmup_ratio: 0.06\n"), Map.of()))
                .singleElement()
                .asString()
                .endsWith("Here it is schedule.warmup_percent.");
        assertThat(flagProblems("--warmup-ratio", "0.06"))
                .singleElement()
                .asString()
                .endsWith("Here it is --warmup-percent.");
    }

    @Test
    void read_plateau_needsValidationAndBringsItsRule() {
        assertThat(flagProblems("--schedule", "plateau"))
                .containsExactly("schedule.name: plateau (from --schedule). It watches validation and needs data.val;"
                        + " add --val");
        ScheduleConfig schedule =
                flags("--schedule", "plateau", "--val", "v.jsonl").schedule();
        assertThat(schedule.plateau()).isEqualTo(new PlateauConfig(0.5, 1, 1e-4, PlateauConvention.TORCH));
        assertThat(PlateauConvention.TORCH.evaluationsToCut(1)).isEqualTo(2);
        assertThat(PlateauConvention.KERAS.evaluationsToCut(2)).isEqualTo(2);
        assertThat(PlateauConvention.KERAS.evaluationsToCut(0)).isEqualTo(1);
        for (String[] wrong : new String[][] {
            {"--plateau-factor", "1"},
            {"--plateau-factor", "0"},
            {"--plateau-patience", "-1"},
            {"--plateau-threshold", "2"},
            {"--plateau-convention", "sometimes"}
        }) {
            assertThat(flagProblems("--schedule", "plateau", "--val", "v.jsonl", wrong[0], wrong[1]))
                    .as("%s %s", (Object[]) wrong)
                    .hasSize(1);
        }
    }

    @Test
    void read_sameYamlKeyTwice_isRefusedWithBothLines() throws IOException {
        Path file = yaml("task: code\nmethod: full\ntask: dialogue\n");
        assertThat(problems(file, Map.of()))
                .singleElement()
                .asString()
                .startsWith("task: given twice, code and dialogue")
                .contains(file + ":1 and " + file + ":3");
    }

    @Test
    void read_epochsAndStepsTogether_areRefused() throws IOException {
        assertThat(flagProblems("--epochs", "3", "--steps", "10"))
                .containsExactly(
                        "train.steps: given together with train.epochs; allowed: one of the two (from" + " --steps)");
        assertThat(problems(yaml("train:\n  epochs: 3\n  steps: 10\n"), Map.of()))
                .hasSize(1);
    }

    @Test
    void read_stepsOverEpochsOfALowerLayer_replacesThem() throws IOException {
        Path file = yaml("train:\n  epochs: 2\n");
        TrainConfig train =
                ConfigReader.read(file, map("--steps", "20"), List.of()).train();
        assertThat(train.steps()).isEqualTo(20);
        assertThat(train.epochs()).isNull();
        TrainConfig back = ConfigReader.read(file, map("--steps", "20"), List.of("train.epochs=1.5"))
                .train();
        assertThat(back.steps()).isNull();
        assertThat(back.epochs()).isEqualTo(1.5);
    }

    @Test
    void read_misspeltNames_areRefusedWithTheNearest() throws IOException {
        assertThat(flagProblems("--learing-rate", "1")).hasSize(1);
        assertThat(flagProblems("--learning-rate", "1"))
                .singleElement()
                .asString()
                .endsWith("Here it is --lr.");
        assertThat(flagProblems("--shedule", "cosine"))
                .singleElement()
                .asString()
                .endsWith("Did you mean --schedule?");
        assertThat(flagProblems("--schedule", "cosin"))
                .singleElement()
                .asString()
                .endsWith("Did you mean cosine?");
        assertThat(problems(null, Map.of(), "optimzer.lr=1"))
                .singleElement()
                .asString()
                .endsWith("Did you mean optimizer.lr?");
        assertThat(problems(yaml("model: {pth: x}\noptimiser: {lr: 1}\ntrain: 3\n"), Map.of()))
                .hasSize(3)
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).endsWith("Did you mean model.path?"),
                        line -> assertThat(line).endsWith("Did you mean optimizer?"),
                        line -> assertThat(line)
                                .startsWith("train: 3; allowed: a section with the keys epochs, steps"));
    }

    @Test
    void read_everythingWrongAtOnce_isSaidAtOnce() throws IOException {
        Path file = yaml("""
                optimizer: {lr: fast, beta2: 1}
                lora: {rank: 0, targets: [query_key_value, quer]}
                train: 3
                data: {max_length: [1, 2]}
                task:
                """);
        assertThat(problems(
                        file, map("--batch", "1.5", "--packing", "maybe", "--nonsense", "1"), "eval.batch", "x.y=1"))
                .hasSize(12);
    }

    @Test
    void read_whatThisVersionDoesNotHave_isRefusedInASentence() {
        assertThat(flagProblems("--method", "prefix"))
                .singleElement()
                .asString()
                .contains("P-Tuning v2 is not in this version");
    }

    @Test
    void read_knobsWithoutEffect_areRefused() {
        String[][] cases = {
            {"--method", "full", "--lora-rank", "8", "used by method lora only"},
            {"--method", "full", "--init-adapter", "a", "used by method lora only"},
            {"--schedule", "cosine", "--wsd-decay", "10%", "used by schedule.name wsd only"},
            {"--schedule", "cosine", "--wsd-shape", "linear", "used by schedule.name wsd only"},
            {"--schedule", "wsd", "--wsd-warmup", "cosine", "used by the schedule form hf only"},
            {"--task", "code", "--schedule-power", "2", "used by schedule.name polynomial only"},
            {"--schedule", "cosine", "--schedule-cycles", "2", "used by schedule.name cosine-restarts only"},
            {"--schedule", "cosine", "--warmup-start", "0.1", "used by one-cycle, cosine-warmup-min and the"},
            {"--schedule-form", "hf", "--warmup-slope", "1e-6", "used by the schedule form native only"},
            {"--schedule", "one-cycle", "--warmup-slope", "1e-6", "one-cycle rises by a cosine of its own"},
            {"--schedule", "constant", "--min-lr", "1e-6", "a constant rate has no floor"},
            {"--format", "openai", "--columns", "prompt=a", "used by the formats auto, columns, labels and text only"},
            {"--seed", "1", "--val-limit", "5", "needs data.val"},
            {"--seed", "1", "--eval-every", "5", "needs data.val"},
            {"--seed", "1", "--val-generate", "5", "needs data.val"},
            {"--micro-batch", "2", "--token-budget", "5", "train.micro_batch already fixes the forward pass"},
            {"--lr", "1e-5", "--scaling", "sqrt", "nothing scales a rate that is given (optimizer.lr)"},
            {"--precision", "fp16", "--device", "cpu", "fp16 needs CUDA; on a CPU choose bf16 or fp32"},
            {"--out", "a", "--resume", "b", "a run goes on in its own folder; leave output.dir out"},
            {"--schedule-form", "torch", "--cycle-growth", "2", "without schedule.cycle_length there is one cycle"},
            {"--schedule", "wsd", "--rex-alpha", "0.5", "used by schedule.name rex only"},
            {"--schedule", "cosine", "--plateau-patience", "2", "used by schedule.name plateau only"},
            {"--schedule", "cosine-restarts", "--cycle-length", "10", "used by the schedule form torch only"},
            {"--seed", "1", "--schedule", "cosine-warmup-min", "does not have it; --schedule-form hf does"},
            {
                "--schedule",
                "wsd",
                "--schedule-form",
                "torch",
                "torch does not have it; --schedule-form native or hf does"
            },
            {"--schedule", "rex", "--schedule-form", "hf", "hf does not have it; --schedule-form native does"},
        };
        for (String[] row : cases) {
            assertThat(flagProblems(row[0], row[1], row[2], row[3]))
                    .as("%s %s %s %s", (Object[]) row)
                    .singleElement()
                    .asString()
                    .containsIgnoringCase(row[4])
                    .doesNotContain("allowed: ");
        }
        assertThat(flagProblems("--schedule", "linear", "--schedule-form", "hf", "--min-lr", "1e-6"))
                .singleElement()
                .asString()
                .contains("the form hf has no floor for linear");
    }

    @Test
    void read_switches_takeEverySpellingAndABareFlag() {
        assertThat(ConfigReader.read(null, Map.of("--skip-bad", List.of()), List.of())
                        .data()
                        .skipBad())
                .isTrue();
        assertThat(flags("--packing", "off").data().packing()).isFalse();
        assertThat(flags("--shuffle", "false").data().shuffle()).isFalse();
        assertThat(problems(null, Map.of("--lr", List.of())))
                .containsExactly("optimizer.lr: no value; allowed: a number above 0 (from --lr)");
    }

    @Test
    void read_dataFiles_haveWeights() throws IOException {
        RunConfig config = flags("--data", "a.jsonl", "--data", "b.jsonl:0.5", "--data", "C:\\x.jsonl");
        assertThat(config.data().train())
                .containsExactly(
                        new DataSource(Path.of("a.jsonl"), 1),
                        new DataSource(Path.of("b.jsonl"), 0.5),
                        new DataSource(Path.of("C:\\x.jsonl"), 1));
        assertThat(flagProblems("--data", "a.jsonl:0")).hasSize(1);
        Path file = yaml("data:\n  train: [a.jsonl, 'b.jsonl:2']\n  val: v.jsonl\n");
        RunConfig read = ConfigReader.read(file, Map.of(), List.of());
        assertThat(read.data().train()).hasSize(2).last().isEqualTo(new DataSource(Path.of("b.jsonl"), 2));
        assertThat(read.data().val()).containsExactly(Path.of("v.jsonl"));
    }

    @Test
    void read_columnsAndTargetsAndDevices() throws IOException {
        assertThat(flags("--columns", "prompt=content,response=summary").data().columns())
                .isEqualTo(Map.of("prompt", "content", "response", "summary"));
        Path file = yaml("data:\n  columns:\n    prompt: content\n    response: summary\n");
        assertThat(ConfigReader.read(file, Map.of(), List.of()).data().columns())
                .isEqualTo(Map.of("prompt", "content", "response", "summary"));
        assertThat(((LoraConfig) flags("--lora-targets", "all").tuning()).targets())
                .isEqualTo(LoraConfig.LINEARS);
        assertThat(((LoraConfig)
                                flags("--lora-targets", "dense,query_key_value").tuning())
                        .targets())
                .containsExactly("dense", "query_key_value");
        assertThat(flags("--device", "cuda:1").train().device()).isEqualTo(new DeviceChoice(DeviceChoice.Kind.CUDA, 1));
        assertThat(flags("--val", "v", "--eval-every", "20").train().evalEvery())
                .isEqualTo(new Cadence(20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: [1",
                "- 1\n- 2\n",
                "just text",
                "task: code\n---\ntask: code\n",
                "task: &x code\nmethod: *x\n"
            })
    void read_brokenYaml_isAUserException(String text) throws IOException {
        Path file = yaml(text);
        assertThatThrownBy(() -> ConfigReader.read(file, Map.of(), List.of()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("run.yaml:");
    }

    @Test
    void read_missingFile_isAUserException() {
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("none.yaml"), Map.of(), List.of()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("none.yaml: there is no such file");
    }

    @Test
    void read_fileOfComments_isTheDefaults() throws IOException {
        assertThat(ConfigReader.read(yaml("# nothing yet\n"), Map.of(), List.of())
                        .train()
                        .epochs())
                .isEqualTo(3.0);
    }

    @Test
    void requireForTraining_withoutModelAndData_saysBoth() {
        assertThatThrownBy(() -> flags("--adapter", "a").requireForTraining())
                .isInstanceOf(UserException.class)
                .hasMessageContaining("model.path: missing")
                .hasMessageContaining("Give --data.")
                .hasMessageContaining("--init-adapter");
        RunConfig whole = flags("--model", "m", "--data", "d.jsonl");
        assertThat(whole.requireForTraining()).isSameAs(whole);
    }

    @Test
    void withRecipe_fillsOnlyWhatNobodyGave() {
        RunConfig config =
                flags("--batch", "4").withRecipe("code", Map.of("train.batch", "128", "schedule.name", "linear"));
        assertThat(config.train().batch()).isEqualTo(4);
        assertThat(config.schedule().name()).isEqualTo(ScheduleName.LINEAR);
        assertThat(config.origin("schedule.name").text()).isEqualTo("recipe code");
    }

    @Test
    void withRecipe_whatDoesNotGoWithIt_isRefused() {
        RunConfig config = flags("--schedule-form", "hf", "--min-lr", "1e-6");
        assertThatThrownBy(() -> config.withRecipe("code", Map.of("schedule.name", "linear")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("the recipe code")
                .hasMessageContaining("the form hf has no floor for linear");
    }

    /** Every flag that scripts rely on is a knob (contract); listed here so that a rename is seen. */
    @Test
    void flags_ofTheContract_areAllThere() {
        String contract = "--model --adapter --init-adapter --data --val --format --skip-bad --limit --val-limit --task"
                + " --method --lora-rank --lora-alpha --lora-dropout --lora-targets --lr --schedule --schedule-form"
                + " --warmup --min-lr --epochs --steps --batch --micro-batch --max-input-length --max-output-length"
                + " --max-length --packing --weight-decay --clip --seed --shuffle --precision --device --profile"
                + " --scaling --log-every --eval-every --save-every --out --resume";
        TreeSet<String> missing = new TreeSet<>(List.of(contract.split(" ")));
        assertThat(missing).hasSize(41);
        Knobs.all().forEach(knob -> missing.remove(knob.flag()));
        assertThat(missing).isEmpty();
    }
}
