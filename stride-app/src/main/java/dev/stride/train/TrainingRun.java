package dev.stride.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.Retention;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.LoraConfig;
import dev.stride.config.RunConfig;
import dev.stride.distributed.Ranks;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.VerdictEvent;
import dev.stride.model.ChatGlmModel;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Device;

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
    private final Ranks ranks;
    private LongSupplier nanos = System::nanoTime;
    private boolean listed;

    /** Loads the base model and marks what trains. */
    public TrainingRun(Preparation preparation, TrainCallback callback) {
        this(preparation, callback, Ranks.ALONE);
    }

    /**
     * One rank of several that train the same run; each has the whole base model.
     *
     * @throws dev.stride.config.UserException on every rank, where one has other weights or rows than rank 0, or computes in
     *     another number format
     */
    public TrainingRun(Preparation preparation, TrainCallback callback, Ranks ranks) {
        this(preparation, BaseModel.load(preparation, callback), true, ranks);
        if (!ranks.env().isAlone()) {
            RankedPasses.requireAlike(preparation, model, ranks);
        }
    }

    /**
     * A LoRA run on a base that is loaded already and outlives it; one run at a time.
     *
     * @throws dev.stride.config.UserException where the run asks for another base, or for full tuning
     */
    public TrainingRun(Preparation preparation, BaseModel base) {
        this(preparation, fitting(preparation, base), false, Ranks.ALONE);
    }

    private TrainingRun(Preparation preparation, BaseModel base, boolean ownsBase, Ranks ranks) {
        this(preparation, base, ownsBase, solo(preparation, base, ownsBase), ranks);
    }

    private TrainingRun(Preparation preparation, BaseModel base, boolean ownsBase, TuningMethod tuning, Ranks ranks) {
        this(preparation, base, ownsBase, tuning, passes(preparation, base, tuning, ranks), ranks);
    }

    private static Passes passes(Preparation preparation, BaseModel base, TuningMethod tuning, Ranks ranks) {
        return RankedPasses.of(
                new SoloPasses(base.model(), tuning, recomputes(preparation, tuning, base.model())), ranks);
    }

    /** A LoRA run whose passes another makes: one of several on a base. It closes the tuning. */
    TrainingRun(Preparation preparation, BaseModel base, LoraTuning tuning, Passes passes) {
        this(preparation, base, false, tuning, passes, Ranks.ALONE);
    }

    private TrainingRun(
            Preparation preparation,
            BaseModel base,
            boolean ownsBase,
            TuningMethod tuning,
            Passes passes,
            Ranks ranks) {
        this.ranks = ranks;
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

    /** The run is to be a row of TensorBoard's HParams table by itself; a trial of a sweep is one in the sweep's. */
    public void listInTensorBoard() {
        listed = true;
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
        try (RunStore store = opened(folder, "make the run's folder", RunStore::create, made -> {
            made.writeConfig(preparation.config().toPlacedYaml());
            ObjectNode plan = preparation.plan().toJson();
            plan.withArray("ledger").add(undecayedEntry());
            ObjectNode environment = plan.putObject("environment");
            Native.facts().forEach(environment::put);
            environment.put("ranks", ranks.env().world());
            made.writePlan(plan);
        })) {
            return train(store, false, monitors, callback, interrupted);
        }
    }

    /** The run's folder: to write on rank 0, to read on the others, and nowhere if rank 0 cannot. */
    private RunStore opened(Path folder, String what, Function<Path, RunStore> opener, Consumer<RunStore> preparation) {
        RunStore[] store = {RunStore.follow(folder)};
        ranks.onFirst(what, () -> {
            RunStore opened = opener.apply(folder);
            try {
                preparation.accept(opened);
            } catch (RuntimeException e) {
                opened.close();
                throw e;
            }
            store[0] = opened;
        });
        return store[0];
    }

    /** Goes on with the run of a folder from its newest whole checkpoint, or from the start if it has none. */
    public RunResult resume(Path folder, TrainCallback callback, BooleanSupplier interrupted) {
        return resume(folder, List.of(), callback, interrupted);
    }

    /** The same, judged by further monitors, which go on from the state that they had. */
    public RunResult resume(
            Path folder, List<? extends Monitor> monitors, TrainCallback callback, BooleanSupplier interrupted) {
        try (RunStore store = opened(folder, "go on with the run", RunStore::resume, opened -> {
            preparation.plan().requireSameAs(opened.readPlan());
            opened.forgetResult();
        })) {
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
                LIVE_EVERY,
                store.writes())) {
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
        MomentShares shares =
                MomentShares.of(tuning.parameters(), ranks, config.train().zero());
        TrainStep step = new TrainStep(
                passes,
                tuning,
                optimizer,
                shares,
                new TrainStep.Settings(
                        preparation.plan().optimizer().weightDecay().value(),
                        preparation.plan().optimizer().clip().value(),
                        recomputes(),
                        dropoutSeed()),
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
                shares,
                new Retention(
                        config.train().keepLast(),
                        config.train().keepBest() ? 1 : 0,
                        guards.metrics().get(0).higherIsBetter()
                                ? Retention.Direction.HIGHER_IS_BETTER
                                : Retention.Direction.LOWER_IS_BETTER),
                store.writes());
        Progress progress = resume ? saver.restoreLatest().orElseGet(Progress::new) : new Progress();
        RunResult result;
        InstantSource clock = InstantSource.system();
        String name = String.valueOf(store.folder().toAbsolutePath().normalize().getFileName());
        try (EventSink sink = store.openSink(progress.branch().name(), progress.step(), clock)) {
            Consumer<RunEvent> events = event -> {
                sink.write(event);
                live.event(event);
            };
            Consumer<String> notes = text -> events.accept(new NoteEvent(progress.step(), text));
            store.warnings().forEach(notes);
            Wishes wishes = new Wishes(new RunRequests(store.folder(), nanos), ranks);
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
                // ranks could not agree in the middle of it
                BooleanSupplier leaving = ranks.env().isAlone() ? interrupted : () -> false;
                passes.alone(() -> SelfTest.before(preparation, model, tuning, recomputes(), live, leaving))
                        .forEach(notes);
            }
            Branches branches = new Branches(
                    preparation,
                    step,
                    guards,
                    monitors,
                    new MovedWeights(tuning.parameters()),
                    lossScale,
                    Validation.of(preparation, model, ranks),
                    saver,
                    sink,
                    live,
                    wishes,
                    ranks);
            long start = clock.millis();
            if (listed) {
                sink.write(RunSummary.of(preparation, name, null, start, start));
            }
            result = branches.train(progress, interrupted);
            boolean over = result.status() == RunResult.Status.FINISHED || result.status() == RunResult.Status.STOPPED;
            if (listed && over) {
                sink.write(RunSummary.of(preparation, name, result, start, clock.millis()));
            }
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

    /** Each rank draws its own masks. */
    private long dropoutSeed() {
        return preparation.config().train().seed()
                + 0x632BE59BD9B4E019L * ranks.env().rank();
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
        passes.close();
        tuning.close();
        if (ownsBase) {
            base.close();
        }
    }
}
