package dev.stride.sweep;

import dev.stride.config.DataSource;
import dev.stride.config.Guard;
import dev.stride.config.LoraConfig;
import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.PruneRule;
import dev.stride.config.RunConfig;
import dev.stride.config.ScheduleName;
import dev.stride.config.StopMetric;
import dev.stride.config.SweepConfig;
import dev.stride.config.SweptSetting;
import dev.stride.config.UserException;
import dev.stride.recipe.Planner;
import dev.stride.schedule.Sloped;
import dev.stride.search.RateGrid;
import dev.stride.search.Rates;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepSettings;
import dev.stride.search.SweepTrial;
import dev.stride.train.Preparation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep is to do, before anything is trained: the trials of its grid, what decides between them, and the settings
 * that they share. Data is read once for all trials that have it in common.
 */
public final class SweepPlan {
    static final String SLOPE = "schedule.warmup_slope";
    private static final List<String> OF_THE_SWEEP = List.of("sweep", "output");

    private final RunConfig asked;
    private final SweepConfig sweep;
    private final Preparation baseline;
    private final @Nullable Double slope;
    private final long longestWarmup;
    private final RateGrid rates;
    private final List<TrialSpec> grid;
    private final List<String> warnings = new ArrayList<>();

    private SweepPlan(RunConfig asked, Preparation baseline) {
        this.asked = asked;
        this.sweep = asked.sweep();
        Method method = asked.tuning().method();
        this.rates = sweep.rates().isEmpty()
                ? RateGrid.around(baseline.plan().peak(), cap(), method.word())
                : RateGrid.of(sweep.rates(), cap(), method.word());
        if (sweep.vary() == SweptSetting.LR) {
            warnings.addAll(rates.warnings());
        } else if (baseline.config().tuning() instanceof LoraConfig lora) {
            double scale = lora.rankStabilised() ? lora.alpha() / Math.sqrt(lora.rank()) : lora.alpha() / lora.rank();
            String product = Numbers.text(baseline.plan().peak() * scale);
            warnings.add(
                    sweep.vary() == SweptSetting.LORA_RANK
                            ? "alpha follows the rank, so that the rate times the adapter's scale stays " + product
                            : "the rate times the adapter's scale is " + product + " in every trial");
        }
        this.slope = sweep.fork() ? slope(baseline, rates) : null;
        if (sweep.fork() && slope == null) {
            warnings.add("Trials are not forked: a warm-up of "
                    + baseline.plan().schedule().warmup() + " updates has no beginning that they could share.");
        }
        if (sweep.trunk()
                && asked.isGiven("sweep.prune")
                && sweep.prune() != PruneRule.OFF
                && sweep.prune() != PruneRule.AUTO) {
            warnings.add("With --trunk on, cooled branches decide which trials go on; --prune "
                    + sweep.prune().word() + " does not act beside them.");
        }
        this.longestWarmup = Math.max(
                baseline.plan().schedule().warmup(), baseline.plan().updates().value() / 2);
        this.baseline = slope != null && sloped(baseline.plan().peak())
                ? baseline.again(ofTrials(asked).withGiven(Map.of(SLOPE, List.of(Double.toString(slope)))))
                : baseline;
        this.grid = List.copyOf(planned());
    }

    /** The slope of the highest rate's planned warm-up, or the one that was given; null where nothing can be shared. */
    private static @Nullable Double slope(Preparation baseline, RateGrid rates) {
        Double given = baseline.config().schedule().warmupSlope();
        if (given != null) {
            return given;
        }
        long warmup = baseline.plan().schedule().warmup();
        double highest =
                rates.rates().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return warmup < 2 ? null : (Double) (highest / warmup);
    }

    /**
     * Whether a rate rises at a slope that nobody gave: where the warm-up would take over half of the run, and longer than
     * that of the grid's highest rate, it does not.
     */
    private boolean sloped(double lr) {
        return slope != null && !asked.isGiven(SLOPE) && Sloped.updates(lr, slope) <= longestWarmup;
    }

    /**
     * Reads the rows and plans the trials.
     *
     * @throws UserException with everything that is wrong
     */
    public static SweepPlan of(RunConfig asked) {
        return of(asked, 1, 1);
    }

    /**
     * The same where several processes train each trial together.
     *
     * @param sharers of them on one machine
     * @param ranks all of them
     * @throws UserException as {@link #of(RunConfig)}
     */
    public static SweepPlan of(RunConfig asked, int sharers, int ranks) {
        List<Problem> problems = SweepChecks.problems(asked);
        if (!problems.isEmpty()) {
            throw new UserException("the sweep cannot be made", problems);
        }
        return new SweepPlan(asked, Preparation.of(ofTrials(asked), sharers, ranks));
    }

    /** The trial with the given or planned rate; what all trials have in common can be read from it. */
    public Preparation baseline() {
        return baseline;
    }

    /** What was asked. */
    public RunConfig asked() {
        return asked;
    }

    /** What people should know before the sweep begins. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** The ratio of two neighbours of the grid. */
    double ratio() {
        return rates.ratio();
    }

    /** The trials that the sweep begins with. */
    List<TrialSpec> grid() {
        return grid;
    }

    private List<TrialSpec> planned() {
        List<TrialSpec> specs = new ArrayList<>();
        if (sweep.vary() == SweptSetting.LR) {
            rates.rates().forEach(lr -> specs.addAll(rate(lr, SweepTrial.Origin.GRID)));
        } else {
            for (String value : sweep.values()) {
                specs.addAll(seeds(
                        value, sweep.vary().word() + "-" + fileName(value), changes(value), SweepTrial.Origin.GRID));
            }
            requireSameValidation(specs);
        }
        return specs;
    }

    /**
     * The trials of one rate.
     *
     * @throws UserException if a schedule that was given does not fit it
     */
    List<TrialSpec> rate(double lr, SweepTrial.Origin origin) {
        String name = Rates.name(lr);
        Map<String, List<String>> changes = new LinkedHashMap<>();
        changes.put("optimizer.lr", List.of(name));
        if (sloped(lr)) {
            changes.put(SLOPE, List.of(Double.toString(Objects.requireNonNull(slope))));
        } else if (slope != null && !asked.isGiven(SLOPE)) {
            warn(name + " would rise during over half of its updates at the slope of the others; it has the"
                    + " planned warm-up and shares nothing.");
        }
        return seeds(name, "lr-" + name, changes, origin);
    }

    /** Adds what people should know, once. */
    void warn(String sentence) {
        if (!warnings.contains(sentence)) {
            warnings.add(sentence);
        }
    }

    /** Whether trials share the beginning of their warm-ups. */
    boolean forks() {
        return slope != null;
    }

    /** The metric that names the sweep's scores. */
    SweepResult.Metric metric() {
        return sweep.weights().isEmpty()
                ? new SweepResult.Metric(sweep.metric().word(), sweep.metric().higherIsBetter())
                : new SweepResult.Metric("score", true);
    }

    /** Whose values the rules that end trials look at. */
    StopMetric pruned() {
        return sweep.weights().isEmpty() ? sweep.metric() : StopMetric.LOSS;
    }

    Map<String, Double> weights() {
        Map<String, Double> weights = new LinkedHashMap<>();
        sweep.weights().forEach(weight -> weights.put(weight.metric(), weight.weight()));
        return weights;
    }

    /** What all trials have in common. */
    SweepSettings settings() {
        RunConfig config = baseline.config();
        LoraConfig lora = config.tuning() instanceof LoraConfig shape ? shape : null;
        int validation = baseline.validation() == null
                ? 0
                : baseline.validation().tokens().size();
        return new SweepSettings(
                config.task() == null ? "" : config.task().word(),
                config.tuning().method().word(),
                lora == null ? null : (Integer) lora.rank(),
                lora == null ? null : (Double) lora.alpha(),
                baseline.plan().batch().value(),
                baseline.plan().schedule().shape(),
                config.train().epochs(),
                baseline.plan().updates().value(),
                baseline.train().tokens().size(),
                validation,
                Math.min(config.eval().generateRows(), validation),
                cap(),
                Objects.toString(config.model().path(), ""));
    }

    private Double cap() {
        return Planner.cap(asked.tuning().method());
    }

    /** What a trial asks for besides what varies: no setting of the sweep, and no early stop that would end it unasked. */
    private static RunConfig ofTrials(RunConfig asked) {
        RunConfig trial = asked.without(OF_THE_SWEEP);
        Map<String, List<String>> more = new LinkedHashMap<>();
        boolean stopsAsAsked = asked.isGiven("watch.guards")
                || asked.isGiven("watch.patience")
                || asked.isGiven("watch.max_recoveries");
        if (!stopsAsAsked) {
            // trials are compared over the same updates
            more.put("watch.guards", List.of(Guard.EARLY_STOP.word() + "=off"));
        }
        if (!asked.isGiven("watch.metric") && asked.sweep().weights().isEmpty()) {
            more.put("watch.metric", List.of(asked.sweep().metric().word()));
        }
        boolean branches = asked.sweep().fork() || asked.sweep().trunk();
        if (branches && !asked.isGiven("train.self_test")) {
            // it is made at the start, and of the runs that share one only one makes it
            more.put("train.self_test", List.of("off"));
        }
        if (asked.sweep().trunk() && !asked.isGiven("schedule.name")) {
            more.put("schedule.name", List.of(ScheduleName.WSD.word()));
        }
        if (!asked.isGiven("train.keep_last")) {
            more.put("train.keep_last", List.of("1"));
        }
        return trial.withGiven(more);
    }

    private List<TrialSpec> seeds(
            String value, String name, Map<String, List<String>> changes, SweepTrial.Origin origin) {
        List<TrialSpec> specs = new ArrayList<>();
        long first = asked.train().seed();
        for (int i = 0; i < sweep.seeds(); i++) {
            Map<String, List<String>> given = new LinkedHashMap<>(changes);
            given.put("train.seed", List.of(Long.toString(first + i)));
            Preparation preparation = baseline.again(ofTrials(asked).withGiven(given));
            specs.add(new TrialSpec(
                    sweep.seeds() == 1 ? name : name + "-s" + (first + i),
                    preparation.plan().peak(),
                    value,
                    first + i,
                    origin,
                    preparation));
        }
        return specs;
    }

    /** The settings of a value of a sweep of something else than the rate; the rate is the baseline's. */
    private Map<String, List<String>> changes(String value) {
        Map<String, List<String>> changes = new LinkedHashMap<>();
        changes.put("optimizer.lr", List.of(Double.toString(baseline.plan().peak())));
        switch (sweep.vary()) {
            case LR -> throw new IllegalStateException("rates have a grid of their own");
            case LORA_RANK -> {
                changes.put("lora.rank", List.of(value));
                changes.put("lora.alpha", List.of(Numbers.text(alpha(value))));
            }
            case MAX_LENGTH -> changes.put("data.max_length", List.of(value));
            case DATA -> changes.put("data.train", mixture(value));
        }
        return changes;
    }

    /** Alpha follows the rank so that the scale, and with it the rate times the scale, stays the same. */
    private double alpha(String rank) {
        LoraConfig lora = (LoraConfig) baseline.config().tuning();
        double ratio = Double.parseDouble(rank) / lora.rank();
        return lora.alpha() * (lora.rankStabilised() ? Math.sqrt(ratio) : ratio);
    }

    /** The data files with the weights of a mixture; a file of weight 0 is left out. */
    private List<String> mixture(String value) {
        List<String> texts = new ArrayList<>();
        String[] weights = value.split(":", -1);
        List<DataSource> sources = asked.data().train();
        for (int i = 0; i < weights.length; i++) {
            if (Double.parseDouble(weights[i]) > 0) {
                texts.add(sources.get(i).path() + ":" + weights[i]);
            }
        }
        return texts;
    }

    /** Losses can be compared only where the same tokens of the same rows are trained on. */
    private void requireSameValidation(List<TrialSpec> specs) {
        boolean lossDecides = sweep.weights().isEmpty()
                ? sweep.metric() == StopMetric.LOSS
                : weights().containsKey(StopMetric.LOSS.word());
        if (!lossDecides) {
            return;
        }
        List<Problem> problems = new ArrayList<>();
        long first = trained(specs.get(0));
        for (TrialSpec spec : specs) {
            if (trained(spec) != first) {
                problems.add(new Problem(
                        "sweep.values",
                        spec.value() + ": " + Numbers.count(trained(spec)) + " trained tokens of validation",
                        Numbers.count(first) + ", as with " + specs.get(0).value(),
                        "",
                        "Validation rows are cut at other places, so their losses cannot be compared: take shorter"
                                + " validation rows, or --metric rouge-l."));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("the trials' validation losses would be those of other tokens", problems);
        }
    }

    private static long trained(TrialSpec spec) {
        var rows = Objects.requireNonNull(spec.preparation().validation()).tokens();
        long trained = 0;
        for (int i = 0; i < rows.size(); i++) {
            trained += rows.get(i).numTrainedTokens();
        }
        return trained;
    }

    /** The metric of a word, which must be one's. */
    static StopMetric metric(String word) {
        return Arrays.stream(StopMetric.values())
                .filter(metric -> metric.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    private static String fileName(String value) {
        return value.replaceAll("[^A-Za-z0-9.-]", "-");
    }
}
