package dev.stride.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.checkpoint.AdapterFiles;
import dev.stride.checkpoint.AtomicFolder;
import dev.stride.checkpoint.Checkpoint;
import dev.stride.checkpoint.CheckpointStore;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.Retention;
import dev.stride.checkpoint.SafetensorsWriter;
import dev.stride.checkpoint.StateFile;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunResult;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.TuningMethod;
import dev.stride.torch.AdamW;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the checkpoints of a run: what training made, the optimizer's state, and {@link Progress}.
 *
 * <p>{@code optimizer.safetensors} holds, in float32, {@code exp_avg.NAME}, {@code exp_avg_sq.NAME} and {@code step.NAME}
 * of every parameter, and {@code master.NAME} where the file of the model itself is of a narrower type.
 */
final class Saver {
    static final String OPTIMIZER = "optimizer.safetensors";
    private static final long SHARD_BYTES = 2_000_000_000L;

    private final Path checkpoints;
    private final Path modelFolder;
    private final DType modelType;
    private final ChatGlmModel model;
    private final TuningMethod tuning;
    private final AdamW optimizer;
    private final MomentShares shares;
    private final Retention retention;
    private final boolean writes;
    private String branch = RunBranch.MAIN;
    private CheckpointStore store;

    /**
     * A saver into a run's folder of checkpoints: the main branch's lie in it, those of another in a folder of its name.
     *
     * @param modelFolder the base model, whose configuration and vocabulary are copied, or named by an adapter
     * @param modelType the type in which a fully tuned model is written: that of the base's files
     * @param shares which moments of the optimizer are here
     * @param writes false for a rank that only reads what rank 0 has written
     */
    Saver(
            Path checkpoints,
            Path modelFolder,
            DType modelType,
            ChatGlmModel model,
            TuningMethod tuning,
            AdamW optimizer,
            MomentShares shares,
            Retention retention,
            boolean writes) {
        this.checkpoints = checkpoints;
        this.writes = writes;
        this.store = store(checkpoints);
        this.modelFolder = modelFolder;
        this.modelType = modelType;
        this.model = model;
        this.tuning = tuning;
        this.optimizer = optimizer;
        this.shares = shares;
        this.retention = retention;
    }

    private CheckpointStore store(Path folder) {
        return writes ? CheckpointStore.open(folder) : CheckpointStore.view(folder);
    }

    /** From now on checkpoints are those of this branch. */
    void enter(String newBranch) {
        branch = newBranch;
        store = store(folder(newBranch));
    }

    /** The checkpoint's path in the run's folder. */
    String path(long step) {
        return String.format(
                Locale.ROOT, "checkpoints/%sstep-%06d", branch.equals(RunBranch.MAIN) ? "" : branch + "/", step);
    }

    /** Where a checkpoint lies, by its path in the run's folder; empty where retention has deleted it. */
    Optional<Path> onDisk(String path) {
        Path folder = checkpoints.resolveSibling(path);
        return CheckpointStore.view(Objects.requireNonNull(folder.getParent())).list().stream()
                .map(Checkpoint::folder)
                .filter(folder::equals)
                .findFirst();
    }

    /** The best evaluation, without the path of its checkpoint where retention has deleted that. */
    RunResult.@Nullable Best onDisk(RunResult.@Nullable Best best) {
        if (best == null || onDisk(best.checkpoint()).isPresent()) {
            return best;
        }
        return new RunResult.Best(best.step(), best.metric(), best.value(), "");
    }

    private Path folder(String of) {
        return of.equals(RunBranch.MAIN) ? checkpoints : checkpoints.resolve(of);
    }

    /**
     * Writes a checkpoint, then deletes the ones that need not stay; gives its path in the run's folder. All ranks come
     * here: those that do not write give what they alone have.
     */
    String save(Progress progress) {
        if (!writes) {
            shares.give(optimizer.slots());
            return path(progress.step());
        }
        List<TensorSource> state = new ArrayList<>();
        optimizer.slots().forEach(slot -> {
            state.addAll(shares.sources(slot));
            state.addAll(masters(slot));
        });
        ObjectNode json = progress.toJson();
        long bytes = SafetensorsWriter.fileBytes(state) + contentBytes() + 65536;
        store.save(progress.step(), bytes, folder -> {
            writeContent(folder);
            try (WritableByteChannel channel = folder.create(OPTIMIZER)) {
                SafetensorsWriter.write(channel, state);
            }
            StateFile.write(folder, json);
        });
        RunResult.Best best = progress.best();
        store.prune(
                retention,
                best != null && path(best.step()).equals(best.checkpoint())
                        ? Map.of(best.step(), best.value())
                        : Map.of());
        return path(progress.step());
    }

    /** Goes back to the newest whole checkpoint of the newest branch, and enters that; empty where there is none yet. */
    Optional<Progress> restoreLatest() {
        Progress newest = null;
        Path folder = null;
        for (String candidate : branches()) {
            Optional<Checkpoint> latest = store(folder(candidate)).latestVerified();
            if (latest.isPresent()) {
                Progress progress =
                        Progress.fromJson(StateFile.read(latest.get().folder()));
                if (newest == null
                        || progress.branch().ordinal() > newest.branch().ordinal()) {
                    newest = progress;
                    folder = latest.get().folder();
                }
            }
        }
        if (newest == null || folder == null) {
            return Optional.empty();
        }
        enter(newest.branch().name());
        return Optional.of(restore(folder));
    }

    /** The main branch and every folder beside its checkpoints that may be another's. */
    private List<String> branches() {
        List<String> names = new ArrayList<>(List.of(RunBranch.MAIN));
        if (Files.isDirectory(checkpoints)) {
            try (Stream<Path> children = Files.list(checkpoints)) {
                children.filter(Files::isDirectory)
                        .map(child -> String.valueOf(child.getFileName()))
                        .filter(RunBranch::isName)
                        .sorted()
                        .forEach(names::add);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + checkpoints + ": " + e.getMessage(), e);
            }
        }
        return names;
    }

    /** Fills weights and moments from a checkpoint's folder. */
    Progress restore(Path folder) {
        try (WeightReader reader = WeightReader.openFile(folder.resolve(OPTIMIZER));
                NoGrad off = new NoGrad()) {
            Map<String, long[]> expected = new LinkedHashMap<>();
            List<TensorSource> here = new ArrayList<>();
            for (AdamW.Slot slot : optimizer.slots()) {
                List<TensorSource> state = shares.sources(slot);
                List<TensorSource> masters = masters(slot);
                Stream.concat(state.stream(), masters.stream())
                        .forEach(tensor -> expected.put(tensor.name(), tensor.shape()));
                here.addAll(masters);
                here.addAll(slot.held() ? state : List.of());
            }
            reader.check(expected, name -> false);
            for (TensorSource target : here) {
                fill(((TensorBytes) target).tensor(), reader.read(target.name()));
            }
        }
        if (tuning instanceof LoraTuning lora) {
            AdapterLoader.fill(lora, folder);
        } else if (modelType == DType.F32) {
            restoreModel(folder);
        }
        return Progress.fromJson(StateFile.read(folder));
    }

    static void fill(Tensor target, StoredTensor stored) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            target.copy_(TensorBytes.copy(stored, Tensors.type(target)));
        }
    }

    private void restoreModel(Path folder) {
        try (WeightReader reader = WeightReader.open(folder)) {
            model.weights().forEach((name, weight) -> fill(weight, reader.read(name)));
        }
    }

    /** The master, where the file of the model itself is of a narrower type; every rank has it. */
    private List<TensorSource> masters(AdamW.Slot slot) {
        return tuning instanceof LoraTuning || modelType == DType.F32
                ? List.of()
                : List.of(new TensorBytes("master." + slot.name(), slot.parameter(), DType.F32));
    }

    private long contentBytes() {
        return tuning instanceof LoraTuning lora
                ? AdapterFiles.fileBytes(adapterConfig(lora), adapterTensors(lora))
                : ModelFolder.bytes(modelFolder, modelTensors());
    }

    private void writeContent(AtomicFolder folder) throws IOException {
        if (tuning instanceof LoraTuning lora) {
            AdapterFiles.write(folder, adapterConfig(lora), adapterTensors(lora));
        } else {
            ModelFolder.writeInto(folder, modelFolder, modelTensors(), SHARD_BYTES);
        }
    }

    private List<TensorBytes> modelTensors() {
        List<TensorBytes> tensors = new ArrayList<>();
        model.weights().forEach((name, weight) -> tensors.add(new TensorBytes(name, weight, modelType)));
        return tensors;
    }

    private AdapterConfig adapterConfig(LoraTuning lora) {
        LoraSettings settings = lora.settings();
        return AdapterConfig.of(
                settings.rank(),
                settings.alpha(),
                settings.dropout(),
                settings.rankStabilised(),
                settings.targets(),
                modelFolder.toString());
    }

    private static List<TensorBytes> adapterTensors(LoraTuning lora) {
        List<TensorBytes> tensors = new ArrayList<>();
        lora.tensors()
                .forEach((name, tensor) -> tensors.add(new TensorBytes("base_model.model." + name, tensor, DType.F32)));
        return tensors;
    }
}
