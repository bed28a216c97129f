package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.config.LoraConfig;
import dev.stride.data.Batch;
import dev.stride.data.DataLoader;
import dev.stride.experiment.StepEvent;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.recipe.RateGroup;
import dev.stride.recipe.RunPlan;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Groups of rates from the plan to the weights. */
class RateGroupsStepTest {
    /** float32 rounds each of three updates of weights of size 1 by up to 6e-8, and moments besides. */
    private static final double TOLERANCE = 6e-7;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;

    @BeforeAll
    static void write() {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 6, 9);
    }

    private static List<String> words(String... more) {
        return Runs.with(
                List.of(
                        "--model",
                        model.toString(),
                        "--data",
                        rows.toString(),
                        "--threads",
                        "1",
                        "--steps",
                        "9",
                        "--batch",
                        "2"),
                more);
    }

    @ParameterizedTest
    @CsvSource({"full,1", "lora,4"})
    void planned_parameters_areThoseOfTheTuningMethod(String method, int linears) {
        String[] more = method.equals("full")
                ? new String[] {"--method", "full"}
                : new String[] {"--method", "lora", "--lora-targets", "all"};
        Preparation preparation = Runs.prepare(words(more));
        List<String> planned = preparation.plan().groups().stream()
                .flatMap(group -> group.parameters().stream())
                .toList();
        try (ChatGlmModel small = load(preparation, method.equals("full"));
                TuningMethod tuning = tuning(small, preparation)) {
            assertThat(planned)
                    .containsExactlyInAnyOrderElementsOf(
                            tuning.parameters().stream().map(Parameter::name).toList());
            long numbers = tuning.parameters().stream()
                    .mapToLong(parameter -> parameter.tensor().numel())
                    .sum();
            assertThat(preparation.plan().trainable()).isEqualTo(numbers);
            assertThat(planned).hasSize(method.equals("full") ? 2 * 7 + 3 : 2 * 2 * linears);
        }
    }

    /** Three updates against AdamW in double arithmetic, with factors worked out here from the names. */
    @ParameterizedTest
    @CsvSource({"full,0.5,1", "lora,1,16", "lora,0.25,4"})
    void update_layerDecayAndLoraPlus_movesEachWeightByItsOwnRate(String method, double layerDecay, double plus) {
        List<String> words = new ArrayList<>(words(
                "--method",
                method,
                "--lr",
                "1e-3",
                "--schedule",
                "constant",
                "--warmup",
                "0",
                "--weight-decay",
                "0.1",
                "--clip",
                "0.25"));
        if (layerDecay != 1) {
            words.addAll(List.of("--layer-decay", Double.toString(layerDecay)));
        }
        if (plus != 1) {
            words.addAll(List.of("--lora-plus", Double.toString(plus)));
        }
        Preparation preparation = Runs.prepare(words);
        RunPlan plan = preparation.plan();
        LrController controller = new LrController(plan.schedule(), plan.groups());
        Map<String, double[]> momenta = new HashMap<>();
        Map<String, double[]> variances = new HashMap<>();
        int moved = 0;
        try (ChatGlmModel small = load(preparation, method.equals("full"));
                TuningMethod tuning = tuning(small, preparation);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step = new TrainStep(
                    small,
                    tuning,
                    optimizer,
                    new TrainStep.Settings(0.1, 0.25, false, 1),
                    LossScale.none(),
                    plan.groups());
            DataLoader loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings());
            for (int t = 1; t <= 3; t++) {
                List<Batch> batches = loader.next().microBatches();
                long trained =
                        batches.stream().mapToLong(Batch::numTrainedTokens).sum();
                TrainStep.Gradients gradients = step.gradients(batches, trained, t);
                double clip = Math.min(1, 0.25 / (gradients.gradientNorm() + 1e-6));
                Map<String, float[]> before = new HashMap<>();
                Map<String, float[]> slopes = new HashMap<>();
                for (Parameter parameter : tuning.parameters()) {
                    before.put(parameter.name(), Tensors.floats(parameter.tensor()));
                    slopes.put(
                            parameter.name(), Tensors.floats(parameter.tensor().grad()));
                }
                step.update(controller.rates(t), gradients.gradientNorm());
                for (Parameter parameter : tuning.parameters()) {
                    String name = parameter.name();
                    double rate = 1e-3 * factor(name, layerDecay, plus);
                    float[] was = Objects.requireNonNull(before.get(name));
                    float[] slope = Objects.requireNonNull(slopes.get(name));
                    float[] is = Tensors.floats(parameter.tensor());
                    double[] m = momenta.computeIfAbsent(name, any -> new double[was.length]);
                    double[] v = variances.computeIfAbsent(name, any -> new double[was.length]);
                    for (int i = 0; i < is.length; i++) {
                        double g = clip * slope[i];
                        m[i] = 0.9 * m[i] + 0.1 * g;
                        v[i] = 0.999 * v[i] + 0.001 * g * g;
                        double kept = parameter.decays() ? was[i] * (1 - rate * 0.1) : was[i];
                        double wanted = kept
                                - rate
                                        * (m[i] / (1 - Math.pow(0.9, t)))
                                        / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8);
                        // where a gradient is as small as Adam's eps, its float32 square has few digits left
                        double slack = Math.sqrt(v[i]) < 1e-6 ? 0.02 * rate : 0;
                        assertThat((double) is[i])
                                .as("%s[%d], update %d", name, i, t)
                                .isCloseTo(wanted, within(TOLERANCE + slack));
                        moved += Math.abs(is[i] - was[i]) > 20 * TOLERANCE ? 1 : 0;
                    }
                }
            }
        }
        assertThat(moved).as("weights that moved far more than the tolerance").isGreaterThan(1000);
    }

    private static double factor(String name, double layerDecay, double plus) {
        Matcher layer = Pattern.compile("layers\\.(\\d+)").matcher(name);
        double factor = 1;
        if (layer.find()) {
            factor = layer.group(1).equals("0") ? layerDecay : 1; // of two layers
        } else if (name.contains("embedding")) {
            factor = layerDecay * layerDecay;
        }
        return name.contains("lora_B") ? factor * plus : factor;
    }

    @Test
    void controller_everyStepAndGroup_writesThePlannedBits() {
        RunPlan plan = Runs.prepare(words(
                        "--method",
                        "lora",
                        "--layer-decay",
                        "0.7",
                        "--lora-plus",
                        "3.3",
                        "--lr-group",
                        "*.1.*lora_A*=0.4",
                        "--schedule",
                        "cosine",
                        "--warmup",
                        "3"))
                .plan();
        LrController controller = new LrController(plan.schedule(), plan.groups());
        assertThat(controller.recovery()).isEqualTo(1);
        int compared = 0;
        for (long step = 1; step <= 9; step++) {
            Map<String, Double> rates = controller.rates(step);
            assertThat(rates).isEqualTo(plan.rates(step));
            assertThat(rates.keySet())
                    .containsExactly(
                            "lora_a.layer00", "lora_b.layer00", "lora_a.layer01.*.1.*lora_A*", "lora_b.layer01");
            for (RateGroup group : plan.groups()) {
                assertThat(Double.doubleToLongBits(Objects.requireNonNull(rates.get(group.name()))))
                        .isEqualTo(
                                Double.doubleToLongBits(plan.ledger(group, step).product()));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(36);
    }

    @Test
    void controller_recovery_multipliesEveryRateFromThenOn() {
        RunPlan plan = Runs.prepare(words("--method", "lora", "--lora-plus", "16", "--lr", "1e-3"))
                .plan();
        LrController controller = new LrController(plan.schedule(), plan.groups());
        Map<String, Double> whole = controller.rates(5);
        controller.recovery(0.5);
        assertThat(controller.recovery()).isEqualTo(0.5);
        Map<String, Double> half = controller.rates(5);
        assertThat(half.keySet()).isEqualTo(whole.keySet());
        whole.forEach((name, rate) -> assertThat(half.get(name)).isEqualTo(rate * 0.5));
        controller.recovery(0.25);
        whole.forEach((name, rate) -> assertThat(controller.rates(5).get(name)).isEqualTo(rate * 0.25));
        assertThatThrownBy(() -> controller.recovery(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> controller.recovery(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wholeRun_everyGroupIsASeriesOfItsOwn() {
        List<String> words = words("--method", "full", "--layer-decay", "0.5", "--lr", "1e-3", "--warmup", "2");
        RunPlan plan = Runs.prepare(words).plan();
        Runs.train(words, folder.resolve("run"), () -> false);
        List<StepEvent> steps = Runs.steps(folder.resolve("run"));
        assertThat(steps).hasSize(9);
        for (StepEvent step : steps) {
            assertThat(step.lr()).isEqualTo(plan.rates(step.step()));
            assertThat(step.lr().keySet())
                    .contains("decay.embedding", "decay.layer00", "no_decay.layer01", "decay.output");
        }
        assertThat(Runs.json(folder.resolve("run/plan.json")).path("groups")).hasSize(2 * 2 + 3);
    }

    /** The evidence profile's numbers reach the optimizer: without decay the first update of an adapter is the rate. */
    @Test
    void wholeRun_evidence_usesThePlansOptimizer() {
        List<String> words = words("--profile", "evidence", "--task", "dialogue");
        Preparation preparation = Runs.prepare(words);
        assertThat(preparation.plan().optimizer().weightDecay().value()).isZero();
        assertThat(preparation.plan().optimizer().beta2().value()).isEqualTo(Math.pow(0.999, 2.0 / 64));
        assertThat(Runs.train(words, folder.resolve("run"), () -> false).steps())
                .isEqualTo(9);
        assertThat(Runs.json(folder.resolve("run/plan.json"))
                        .at("/optimizer/beta2/value")
                        .asDouble())
                .isEqualTo(Math.pow(0.999, 2.0 / 64));
    }

    private static ChatGlmModel load(Preparation preparation, boolean full) {
        return ModelLoader.load(
                preparation.modelFolder(),
                preparation.model(),
                Precision.FP32,
                full,
                Native.cpu(),
                (done, total) -> {});
    }

    private static TuningMethod tuning(ChatGlmModel model, Preparation preparation) {
        return preparation.config().tuning() instanceof LoraConfig lora
                ? new LoraTuning(
                        model, new LoraSettings(lora.rank(), lora.alpha(), 0, lora.targets(), lora.rankStabilised()), 3)
                : new FullTuning(model);
    }
}
