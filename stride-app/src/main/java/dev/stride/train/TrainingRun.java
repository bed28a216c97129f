package dev.stride.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.checkpoint.Retention;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.LoraConfig;
import dev.stride.config.RunConfig;
import dev.stride.eval.Evaluator;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Sampling;
import dev.stride.monitor.GuardSettings;
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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Device;
import org.jspecify.annotations.Nullable;

/**
 * One run from its preparation to its result: loads the weights, builds the parts of the loop, trains, and leaves a run's
 * folder behind. It owns the native memory of all of them.
 */
public final class TrainingRun implements AutoCloseable {
    private final Preparation preparation;
    private final ChatGlmModel model;
    private final TuningMethod tuning;
    private final AdamW optimizer;

    /** Loads the base model and marks what trains. */
    public TrainingRun(Preparation preparation, TrainCallback callback) {
        RunConfig config = preparation.config();
        this.preparation = preparation;
        Native.threads(config.train().threads() == null ? 0 : config.train().threads());
        LoraConfig lora = config.tuning() instanceof LoraConfig shape ? shape : null;
        this.model = ModelLoader.load(
                preparation.modelFolder(),
                preparation.model(),
                preparation.precision(),
                lora == null,
                device(),
                (done, total) -> callback.progress("loading the model", done, total));
        this.tuning = lora == null ? new FullTuning(model) : lora(lora);
        this.optimizer = new AdamW(
                preparation.plan().optimizer().beta1(),
                preparation.plan().optimizer().beta2().value(),
                preparation.plan().optimizer().eps());
    }

    /** The model, for as long as the run is open. */
    public ChatGlmModel model() {
        return model;
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
        try (RunStore store = RunStore.create(folder)) {
            store.writeConfig(preparation.config().toPlacedYaml());
            ObjectNode plan = preparation.plan().toJson();
            plan.withArray("ledger").add(undecayedEntry());
            ObjectNode environment = plan.putObject("environment");
            Native.facts().forEach(environment::put);
            store.writePlan(plan);
            return train(store, false, callback, interrupted);
        }
    }

    /** Goes on with the run of a folder from its newest whole checkpoint, or from the start if it has none. */
    public RunResult resume(Path folder, TrainCallback callback, BooleanSupplier interrupted) {
        try (RunStore store = RunStore.resume(folder)) {
            preparation.plan().requireSameAs(store.readPlan());
            store.forgetResult();
            return train(store, true, callback, interrupted);
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

    private RunResult train(RunStore store, boolean resume, TrainCallback callback, BooleanSupplier interrupted) {
        RunConfig config = preparation.config();
        LossScale lossScale = preparation.precision() == Precision.FP16 ? LossScale.dynamic() : LossScale.none();
        TrainStep step = new TrainStep(
                model,
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
            List<String> notes = new ArrayList<>(store.warnings());
            if (!resume) {
                notes.addAll(SelfTest.before(preparation, model, tuning, recomputes(), callback, interrupted));
            }
            for (String text : notes) {
                NoteEvent note = new NoteEvent(progress.step(), text);
                sink.write(note);
                callback.event(note);
            }
            Branches branches = new Branches(
                    preparation,
                    step,
                    guards,
                    new MovedWeights(tuning.parameters()),
                    lossScale,
                    validation(),
                    saver,
                    sink,
                    callback);
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
        return preparation.config().train().recompute() || widens();
    }

    /** Whether 16-bit weights are widened for each product, so that a recorded graph would hold them all in float32. */
    private boolean widens() {
        return tuning instanceof LoraTuning
                && Native.productsIn(preparation.precision(), model.device()) != preparation.precision();
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

    private TuningMethod lora(LoraConfig shape) {
        Path init = preparation.config().model().initAdapter();
        if (init != null) {
            return AdapterLoader.load(model, init, shape.dropout());
        }
        LoraSettings settings =
                new LoraSettings(shape.rank(), shape.alpha(), shape.dropout(), shape.targets(), shape.rankStabilised());
        return new LoraTuning(model, settings, preparation.config().train().seed());
    }

    private Device device() {
        return preparation.plan().machine().cuda()
                ? Native.cuda(preparation.config().train().device().index())
                : Native.cpu();
    }

    @Override
    public void close() {
        optimizer.close();
        tuning.close();
        model.close();
    }
}
