package dev.stride.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.Retention;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.LoraConfig;
import dev.stride.config.RunConfig;
import dev.stride.eval.Evaluator;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.VerdictEvent;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Sampling;
import dev.stride.monitor.GuardSettings;
import dev.stride.monitor.Monitor;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.tokenizer.Message;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Device;
import org.jspecify.annotations.Nullable;

/**
 * One run from its preparation to its result: loads the weights or borrows them, builds the parts of the loop, trains, and
 * leaves a run's folder behind. It owns the native memory of what it made itself.
 */
public final class TrainingRun implements AutoCloseable {
    private static final Duration LIVE_EVERY = Duration.ofSeconds(1);

    private final Preparation preparation;
    private final BaseModel base;
    private final boolean ownsBase;
    private final ChatGlmModel model;
    private final TuningMethod tuning;
    private final Passes passes;
    private final AdamW optimizer;
    private LongSupplier nanos = System::nanoTime;

    /** Loads the base model and marks what trains. */
    public TrainingRun(Preparation preparation, TrainCallback callback) {
        this(preparation, BaseModel.load(preparation, callback), true);
    }

    /**
     * A LoRA run on a base that is loaded already and outlives it; one run at a time.
     *
     * @throws dev.stride.config.UserException where the run asks for another base, or for full tuning
     */
    public TrainingRun(Preparation preparation, BaseModel base) {
        this(preparation, fitting(preparation, base), false);
    }

    private TrainingRun(Preparation preparation, BaseModel base, boolean ownsBase) {
        this(preparation, base, ownsBase, solo(preparation, base, ownsBase));
    }

    private TrainingRun(Preparation preparation, BaseModel base, boolean ownsBase, TuningMethod tuning) {
        this(
                preparation,
                base,
                ownsBase,
                tuning,
                new SoloPasses(base.model(), tuning, recomputes(preparation, tuning, base.model())));
    }

    /** A LoRA run whose passes another makes: one of several on a base. It closes the tuning. */
    TrainingRun(Preparation preparation, BaseModel base, LoraTuning tuning, Passes passes) {
        this(preparation, base, false, tuning, passes);
    }

    private TrainingRun(Preparation preparation, BaseModel base, boolean ownsBase, TuningMethod tuning, Passes passes) {
        this.preparation = preparation;
        this.base = base;
        this.ownsBase = ownsBase;
        this.model = base.model();
        this.tuning = tuning;
        this.passes = passes;
        this.optimizer = new AdamW(
                preparation.plan().optimizer().beta1(),
                preparation.plan().optimizer().beta2().value(),
                preparation.plan().optimizer().eps());
    }

    /** The model, for as long as the run is open. */
    public ChatGlmModel model() {
        return model;
    }

    /** The clock by which requests are looked for, in nanoseconds; tests have one that runs faster. */
    void nanos(LongSupplier clock) {
        nanos = clock;
    }

    /** Which parameters weight decay does not act on, as an entry of the plan; layers are folded into one name. */
    private ObjectNode undecayedEntry() {
        Set<String> names = new TreeSet<>();
        int count = 0;
        for (Parameter parameter : tuning.parameters()) {
            if (!parameter.decays()) {
                names.add(parameter.name().replaceAll("\\.layers\\.\\d+\\.", ".layers.*."));
                count++;
            }
        }
        String which = names.isEmpty() ? "everything that trains is a matrix" : String.join(", ", names);
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", "without weight decay")
                .put("value", count + " of " + tuning.parameters().size() + " tensors")
                .put("reason", "biases and norms, by their one dimension: " + which);
    }

    /**
     * Trains into a new folder.
     *
     * @param folder must not hold anything yet
     * @param interrupted is asked between updates; once true the state is saved and the run ends
     */
    public RunResult train(Path folder, TrainCallback callback, BooleanSupplier interrupted) {
        return train(folder, List.of(), callback, interrupted);
    }

    /**
     * The same, judged by further monitors besides those of the configuration.
     *
     * @param monitors their names differ from each other and from the guards'
     */
    public RunResult train(
            Path folder, List<? extends Monitor> monitors, TrainCallback callback, BooleanSupplier interrupted) {
        try (RunStore store = RunStore.create(folder)) {
            store.writeConfig(preparation.config().toPlacedYaml());
            ObjectNode plan = preparation.plan().toJson();
            plan.withArray("ledger").add(undecayedEntry());
            ObjectNode environment = plan.putObject("environment");
            Native.facts().forEach(environment::put);
            store.writePlan(plan);
            return train(store, false, monitors, callback, interrupted);
        }
    }

    /** Goes on with the run of a folder from its newest whole checkpoint, or from the start if it has none. */
    public RunResult resume(Path folder, TrainCallback callback, BooleanSupplier interrupted) {
        return resume(folder, List.of(), callback, interrupted);
    }

    /** The same, judged by further monitors, which go on from the state that they had. */
    public RunResult resume(
            Path folder, List<? extends Monitor> monitors, TrainCallback callback, BooleanSupplier interrupted) {
        try (RunStore store = RunStore.resume(folder)) {
            preparation.plan().requireSameAs(store.readPlan());
            store.forgetResult();
            return train(store, true, monitors, callback, interrupted);
        }
    }

    /**
     * A range test with what this run would train on; afterwards everything is as before.
     *
     * @param interrupted is asked between updates
     */
    public RangeTestRun.Result find(TrainCallback callback, BooleanSupplier interrupted) {
        return new RangeTestRun(preparation, model, tuning, recomputes()).run(callback, interrupted);
    }

    private RunResult train(
            RunStore store,
            boolean resume,
            List<? extends Monitor> monitors,
            TrainCallback callback,
            BooleanSupplier interrupted) {
        Device device = model.device();
        try (LiveFeed live = new LiveFeed(
                store.folder(),
                callback,
                preparation.plan().updates().value(),
                LiveFeed.process(device.is_cuda() ? device.index() : -1),
                InstantSource.system(),
                System::nanoTime,
                LIVE_EVERY)) {
            return trainWatched(store, resume, monitors, live, interrupted);
        }
    }

    private RunResult trainWatched(
            RunStore store,
            boolean resume,
            List<? extends Monitor> monitors,
            LiveFeed live,
            BooleanSupplier interrupted) {
        RunConfig config = preparation.config();
        LossScale lossScale = preparation.precision() == Precision.FP16 ? LossScale.dynamic() : LossScale.none();
        TrainStep step = new TrainStep(
                passes,
                tuning,
                optimizer,
                new TrainStep.Settings(
                        preparation.plan().optimizer().weightDecay().value(),
                        preparation.plan().optimizer().clip().value(),
                        recomputes(),
                        config.train().seed()),
                lossScale,
                preparation.plan().groups());
        GuardSettings guards = GuardSettings.of(config);
        Saver saver = new Saver(
                store.checkpoints(),
                preparation.modelFolder(),
                storedType(),
                model,
                tuning,
                optimizer,
                new Retention(
                        config.train().keepLast(),
                        config.train().keepBest() ? 1 : 0,
                        guards.metrics().get(0).higherIsBetter()
                                ? Retention.Direction.HIGHER_IS_BETTER
                                : Retention.Direction.LOWER_IS_BETTER));
        Progress progress = resume ? saver.restoreLatest().orElseGet(Progress::new) : new Progress();
        RunResult result;
        try (EventSink sink = store.openSink(progress.branch().name(), progress.step(), InstantSource.system())) {
            Consumer<RunEvent> events = event -> {
                sink.write(event);
                live.event(event);
            };
            Consumer<String> notes = text -> events.accept(new NoteEvent(progress.step(), text));
            store.warnings().forEach(notes);
            Wishes wishes = new Wishes(new RunRequests(store.folder(), nanos));
            List<RunEvent> before = resume ? EventReader.read(store.folder()).events() : List.of();
            if (!before.isEmpty()
                    && before.get(before.size() - 1) instanceof VerdictEvent last
                    && last.isPersonsStop()) {
                notes.accept("The run goes on, which a person had stopped.");
            }
            wishes.refuseOld(progress.heeded(), notes, reason -> {
                VerdictEvent told = new VerdictEvent(progress.step(), VerdictEvent.PERSON, "reduce-lr", reason);
                if (!before.contains(told)) {
                    events.accept(told);
                }
            });
            if (!resume) {
                passes.alone(() -> SelfTest.before(preparation, model, tuning, recomputes(), live, interrupted))
                        .forEach(notes);
            }
            Branches branches = new Branches(
                    preparation,
                    step,
                    guards,
                    monitors,
                    new MovedWeights(tuning.parameters()),
                    lossScale,
                    validation(),
                    saver,
                    sink,
                    live,
                    wishes);
            result = branches.train(progress, interrupted);
        } catch (RuntimeException | Error e) {
            // the folder says how it ended, whatever ended it
            String reason = Objects.requireNonNullElse(e.getMessage(), e.toString());
            try {
                store.writeResult(new RunResult(RunResult.Status.FAILED, progress.step(), null, Map.of(), reason));
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        store.writeResult(result);
        return result;
    }

    private boolean recomputes() {
        return recomputes(preparation, tuning, model);
    }

    /**
     * Whether blocks run again on the way back: where it was asked for, and where 16-bit weights are widened for each
     * product, so that a recorded graph would hold them all in float32.
     */
    static boolean recomputes(Preparation preparation, TuningMethod tuning, ChatGlmModel model) {
        return preparation.config().train().recompute()
                || (tuning instanceof LoraTuning
                        && Native.productsIn(preparation.precision(), model.device()) != preparation.precision());
    }

    private Validation validation() {
        RunConfig config = preparation.config();
        TrainingData.@Nullable Rows rows = preparation.validation();
        Set<Integer> stopIds =
                Arrays.stream(preparation.data().tokenizer().stopIds()).boxed().collect(Collectors.toSet());
        Sampling sampling = Sampling.greedy(config.eval().maxNewTokens(), stopIds);
        List<Validation.Prompt> prompts = new ArrayList<>();
        if (rows != null) {
            rows.examples().examples().stream()
                    .limit(config.eval().generateRows())
                    .forEach(example -> prompts.add(new Validation.Prompt(
                            preparation.data().prompt(example), text(example.prompt()), example.answer())));
        }
        return new Validation(
                rows == null ? null : new Evaluator(model, preparation.data().tokenizer()),
                rows == null ? List.of() : tokens(rows),
                prompts,
                sampling,
                config.eval().batch(),
                preparation.plan().passTokens().value(),
                config.task());
    }

    private static List<dev.stride.tokenizer.TokenizedExample> tokens(TrainingData.Rows rows) {
        List<dev.stride.tokenizer.TokenizedExample> all = new ArrayList<>();
        for (int i = 0; i < rows.tokens().size(); i++) {
            all.add(rows.tokens().get(i));
        }
        return all;
    }

    /** A prompt for people: each message with its role. */
    public static String text(List<Message> messages) {
        return messages.stream()
                .map(message -> message.role().word() + ": " + message.content())
                .collect(Collectors.joining("\n"));
    }

    /** The type of the base model's files, in which a fully tuned model is written too. */
    private DType storedType() {
        try (WeightReader reader = WeightReader.open(preparation.modelFolder())) {
            return reader.info(ChatGlmModel.shapes(preparation.model())
                            .keySet()
                            .iterator()
                            .next())
                    .dtype();
        }
    }

    private static BaseModel fitting(Preparation preparation, BaseModel base) {
        base.requireFits(preparation);
        Native.threads(BaseModel.threads(preparation));
        return base;
    }

    /** What trains of a model that the run has to itself; an own base is let go where that fails. */
    private static TuningMethod solo(Preparation preparation, BaseModel base, boolean ownsBase) {
        try {
            return preparation.config().tuning() instanceof LoraConfig
                    ? lora(preparation, base.model(), true)
                    : new FullTuning(base.model());
        } catch (RuntimeException e) {
            if (ownsBase) {
                base.close();
            }
            throw e;
        }
    }

    /**
     * The adapter that a LoRA run begins with: a fresh one, or that of a folder.
     *
     * @param attached whether the model's linears know of it
     */
    static LoraTuning lora(Preparation preparation, ChatGlmModel model, boolean attached) {
        LoraConfig shape = (LoraConfig) preparation.config().tuning();
        Path init = preparation.config().model().initAdapter();
        if (init != null) {
            return attached
                    ? AdapterLoader.load(model, init, shape.dropout())
                    : AdapterLoader.detached(model, init, shape.dropout());
        }
        LoraSettings settings =
                new LoraSettings(shape.rank(), shape.alpha(), shape.dropout(), shape.targets(), shape.rankStabilised());
        long seed = preparation.config().train().seed();
        return attached ? new LoraTuning(model, settings, seed) : LoraTuning.detached(model, settings, seed);
    }

    @Override
    public void close() {
        optimizer.close();
        tuning.close();
        if (ownsBase) {
            base.close();
        }
    }
}
