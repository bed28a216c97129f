package dev.stride.train;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.SelfTestChoice;
import dev.stride.config.UserException;
import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.model.ChatGlmModel;
import dev.stride.monitor.GuardSettings;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.recipe.RunPlan;
import dev.stride.torch.NoGrad;
import dev.stride.torch.RandomState;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * 30 updates before a long run, taken back bit for bit: whether anything trains, whether the rate has an effect, whether
 * gradients are finite and reach everything, and how long the run will take.
 *
 * <p>15 updates are made at the planned peak and, from the same weights and on the same rows, 15 at three times the peak.
 */
public final class SelfTest {
    /** A run of so many updates tests itself unless told otherwise. */
    public static final long LONG_RUN = 1000;

    /** Updates at each of the two rates. */
    static final int UPDATES = 15;

    private static final double OTHER_RATE = 3;
    /** Losses of equal weights differ by less than this share of them: float32 has about 7 digits. */
    private static final double SAME_LOSS = 1e-7;

    private final List<Parameter> parameters;
    private final Supplier<Stepper> steppers;
    private final List<Update> updates;
    private final double peak;
    private final long totalUpdates;
    private final boolean judgesRate;
    private final List<Finding> findings = new ArrayList<>();

    /** How grave a finding is. */
    public enum Level {
        /** As it should be. */
        FINE,
        /** Worth knowing; the run goes on. */
        WARNING,
        /** Training would be in vain. */
        FAULT
    }

    /** One thing that was looked at, with the numbers that were seen. */
    public record Finding(Level level, String name, String sentence) {}

    /**
     * All findings.
     *
     * @param updates made and taken back
     * @param overflows of float16 gradients
     * @param secondsAnUpdate the median; NaN where none was made
     * @param predictedSeconds of the whole run, without validation and saving; NaN where no update was made
     */
    public record Report(
            List<Finding> findings, int updates, int overflows, double secondsAnUpdate, double predictedSeconds) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether there is no fault. */
        public boolean passed() {
            return findings.stream().noneMatch(finding -> finding.level() == Level.FAULT);
        }

        /** Every finding as a sentence. */
        public List<String> sentences() {
            return findings.stream()
                    .map(finding -> "self-test, " + finding.name() + ": " + finding.sentence())
                    .toList();
        }
    }

    /** Makes updates with an optimizer of its own. */
    interface Stepper extends AutoCloseable {
        /** Loss and gradients; where float16 overflows, the loss scale is halved and they are computed again. */
        TrainStep.Gradients gradients(Update update, long number);

        /** Makes the update with the gradients at hand, every group at this rate times its own factors. */
        void update(double rate, TrainStep.Gradients gradients);

        /** How often float16 gradients overflowed. */
        int overflows();

        @Override
        void close();
    }

    /** What one rate led to. */
    private record Sequence(List<Double> losses, List<Double> seconds, Set<String> unreached, int made, int overflows) {
        /** Whether it was cut off by a loss or norm that is not finite. */
        boolean broke() {
            return made < losses.size();
        }
    }

    /**
     * A test of what trains, on given updates, with a fresh stepper for each rate; {@code judgesRate} is whether the guard
     * rate-without-effect is on.
     */
    SelfTest(
            List<Parameter> parameters,
            Supplier<Stepper> steppers,
            List<Update> updates,
            double peak,
            long totalUpdates,
            boolean judgesRate) {
        this.parameters = List.copyOf(parameters);
        this.steppers = steppers;
        this.updates = List.copyOf(updates);
        this.peak = peak;
        this.totalUpdates = totalUpdates;
        this.judgesRate = judgesRate;
    }

    /**
     * Whether a new run tests itself first; with auto, a long run does whose memory has room for what the test holds: a
     * copy of what trains and two moments, in float32.
     */
    static boolean isDue(Preparation preparation) {
        RunPlan plan = preparation.plan();
        SelfTestChoice choice = preparation.config().train().selfTest();
        long held = 12 * plan.trainable();
        return switch (choice) {
            case ON -> true;
            case OFF -> false;
            case AUTO ->
                plan.updates().value() >= LONG_RUN
                        && plan.memory().total() + held < plan.machine().memoryBytes();
        };
    }

    /**
     * Tests a new run where that is due, and leaves everything as it was.
     *
     * @return a sentence for each finding; empty where no test is due
     * @throws UserException with all faults
     */
    static List<String> before(
            Preparation preparation,
            ChatGlmModel model,
            TuningMethod tuning,
            boolean recompute,
            TrainCallback callback,
            BooleanSupplier interrupted) {
        if (!isDue(preparation)) {
            return List.of();
        }
        Report report = run(preparation, model, tuning, recompute, callback, interrupted);
        if (!report.passed()) {
            List<Problem> problems = report.findings().stream()
                    .filter(finding -> finding.level() == Level.FAULT)
                    .map(finding -> new Problem(finding.name(), finding.sentence(), "", "", ""))
                    .toList();
            throw new UserException(
                    "the self-test found that training would be in vain (--self-test off trains all the same)",
                    problems);
        }
        return report.sentences();
    }

    /** Tests a run's own model, rows, batch and planned peak. */
    public static Report run(
            Preparation preparation,
            ChatGlmModel model,
            TuningMethod tuning,
            boolean recompute,
            TrainCallback callback,
            BooleanSupplier interrupted) {
        DataLoader loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings());
        List<Update> updates = new ArrayList<>();
        for (int i = 0; i < UPDATES; i++) {
            updates.add(loader.next());
        }
        return new SelfTest(
                        tuning.parameters(),
                        () -> new Trial(preparation, model, tuning, recompute),
                        updates,
                        preparation.plan().peak(),
                        preparation.plan().updates().value(),
                        GuardSettings.of(preparation.config()).isOn(Guard.RATE_WITHOUT_EFFECT))
                .run(callback, interrupted);
    }

    /** Makes the updates and takes them back. */
    Report run(TrainCallback callback, BooleanSupplier interrupted) {
        List<Update> training =
                updates.stream().filter(update -> update.trainedTokens() > 0).toList();
        mask(training);
        if (training.isEmpty()) {
            return new Report(findings, 0, 0, Double.NaN, Double.NaN);
        }
        Sequence planned;
        Sequence other;
        try (RandomState random = new RandomState();
                TrainedCopy copy = new TrainedCopy(parameters)) {
            try {
                planned = sequence(training, peak, 0, callback, interrupted);
                copy.putBack();
                other = sequence(training, peak * OTHER_RATE, training.size(), callback, interrupted);
            } finally {
                copy.putBack();
            }
        }
        int made = planned.made() + other.made();
        int overflows = planned.overflows() + other.overflows();
        if (interrupted.getAsBoolean()) {
            findings.add(new Finding(Level.WARNING, "interrupted", "it was ended early and says nothing"));
            return new Report(findings, made, overflows, Double.NaN, Double.NaN);
        }
        finite(planned, other);
        reached(planned);
        effect(planned, other);
        if (overflows > 0) {
            findings.add(new Finding(
                    overflows > made ? Level.WARNING : Level.FINE,
                    "float16",
                    overflows + " overflows in " + made + " updates; the loss scale was halved as often"));
        }
        double seconds = median(planned.seconds());
        double predicted = seconds * totalUpdates;
        if (!planned.seconds().isEmpty()) {
            findings.add(new Finding(
                    Level.FINE,
                    "duration",
                    "an update takes about " + Numbers.text(rounded(seconds)) + " s, so "
                            + Numbers.count(totalUpdates) + " take about " + duration(predicted)
                            + ", without validation and saving"));
        }
        return new Report(findings, made, overflows, seconds, predicted);
    }

    private Sequence sequence(
            List<Update> training, double rate, int before, TrainCallback callback, BooleanSupplier interrupted) {
        List<Double> losses = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        Set<String> unreached = new LinkedHashSet<>();
        parameters.forEach(parameter -> unreached.add(parameter.name()));
        int made = 0;
        try (Stepper stepper = steppers.get()) {
            for (Update update : training) {
                if (interrupted.getAsBoolean()) {
                    break;
                }
                long start = System.nanoTime();
                TrainStep.Gradients gradients = stepper.gradients(update, made + 1L);
                losses.add(gradients.loss());
                if (!gradients.isFinite()) {
                    break;
                }
                removeReached(unreached);
                stepper.update(rate, gradients);
                made++;
                seconds.add((System.nanoTime() - start) / 1e9);
                callback.progress("self-test", before + made, 2L * training.size());
            }
            return new Sequence(losses, seconds, unreached, made, stepper.overflows());
        }
    }

    /** Takes the names out whose gradient is not exactly zero. The first gradient of LoRA's A is, since B begins at 0. */
    private void removeReached(Set<String> unreached) {
        if (unreached.isEmpty()) {
            return;
        }
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            for (Parameter parameter : parameters) {
                if (unreached.contains(parameter.name())) {
                    Tensor gradient = Tensors.gradient(parameter.tensor());
                    if (gradient.defined() && torch.linalg_vector_norm(gradient).item_double() != 0) {
                        unreached.remove(parameter.name());
                    }
                }
            }
        }
    }

    private void mask(List<Update> training) {
        long trained = 0;
        long all = 0;
        for (Update update : updates) {
            trained += update.trainedTokens();
            all += update.microBatches().stream()
                    .mapToLong(batch -> batch.numTokens())
                    .sum();
        }
        int empty = updates.size() - training.size();
        String sentence = training.isEmpty()
                ? "no token trains in " + updates.size() + " updates: every label is masked. stride plan prints the"
                        + " first row with its labels"
                : Numbers.count(trained) + " of " + Numbers.count(all) + " tokens train"
                        + (empty == 0 ? "" : "; " + empty + " of " + updates.size() + " updates have none that does");
        Level level = training.isEmpty() ? Level.FAULT : empty > 0 ? Level.WARNING : Level.FINE;
        findings.add(new Finding(level, "mask", sentence));
    }

    private void finite(Sequence planned, Sequence other) {
        String rate = Numbers.text(peak);
        if (planned.broke() && planned.made() == 0) {
            findings.add(new Finding(
                    Level.FAULT,
                    "finite",
                    "the loss or the norm of the gradient is not finite before any update (loss "
                            + planned.losses().get(0) + "): the weights or their precision are broken"));
        } else if (planned.broke()) {
            findings.add(new Finding(
                    Level.WARNING,
                    "finite",
                    "the loss or the norm of the gradient is not finite after " + planned.made()
                            + " updates at the planned peak of " + rate
                            + " without warm-up; stride find looks for a lower one"));
        } else if (other.broke()) {
            findings.add(new Finding(
                    Level.WARNING,
                    "finite",
                    "gradients are finite at the planned peak of " + rate + ", and no longer after " + other.made()
                            + " updates at three times of it: there is little room above"));
        } else {
            findings.add(new Finding(Level.FINE, "finite", "every loss and gradient is finite"));
        }
    }

    private void reached(Sequence planned) {
        if (planned.made() < 2) {
            return; // one update says nothing about LoRA's A
        }
        int count = planned.unreached().size();
        if (count == 0) {
            findings.add(new Finding(
                    Level.FINE, "gradients", "all " + parameters.size() + " tensors that train have gradients"));
        } else {
            findings.add(new Finding(
                    Level.FAULT,
                    "gradients",
                    "the gradient is exactly zero in all " + planned.made() + " updates for " + count + " of "
                            + parameters.size() + " tensors that train, first "
                            + planned.unreached().iterator().next()));
        }
    }

    private void effect(Sequence planned, Sequence other) {
        int both = Math.min(planned.losses().size(), other.losses().size());
        if (both < 2 || !judgesRate) {
            return; // the first losses come before any update
        }
        double first = planned.losses().get(0);
        double threshold = Math.max(10 * Math.abs(first - other.losses().get(0)), SAME_LOSS * Math.abs(first));
        double largest = 0;
        boolean broke = planned.broke() != other.broke();
        for (int i = 1; i < both; i++) {
            double difference =
                    Math.abs(planned.losses().get(i) - other.losses().get(i));
            largest = Double.isNaN(difference) ? largest : Math.max(largest, difference);
        }
        String rates = Numbers.text(peak) + " and " + Numbers.text(OTHER_RATE * peak);
        if (broke || largest > threshold) {
            findings.add(new Finding(
                    Level.FINE,
                    "rate",
                    "it has an effect: the losses at " + rates + " part by up to " + Numbers.text(largest)));
        } else {
            findings.add(new Finding(
                    Level.FAULT,
                    "rate",
                    "it has no effect: " + both + " losses are the same at " + rates + " (difference at most "
                            + Numbers.text(largest) + "). The rate is far too small, or what trains is not used"));
        }
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
    }

    private static double rounded(double seconds) {
        return Double.parseDouble(String.format(java.util.Locale.ROOT, "%.1e", seconds));
    }

    private static String duration(double seconds) {
        long minutes = Math.round(seconds / 60);
        if (seconds < 90) {
            return Math.round(seconds) + " s";
        }
        return minutes < 90 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
    }
}
