package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "convert",
        description = {
            "Writes a checkpoint anew: .bin files or safetensors, in any number of files, become safetensors files of at"
                    + " most 2 GB in the published layout, in the same type or in another.",
            "A model with a number that the type cannot hold is refused, with its tensor's name."
        },
        footer = {"", "Example: stride convert --model samples/model --out samples-float16 --dtype float16"})
final class ConvertVerb implements Verb {
    /** About as large as the files of published checkpoints. */
    static final long SHARD_BYTES = 2_000_000_000L;

    private static final List<DType> TARGETS = List.of(DType.F16, DType.BF16, DType.F32);

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(
            names = "--dtype",
            paramLabel = "float16|bfloat16|float32",
            description = "The type to write. Default: each tensor keeps its own.")
    private @Nullable String dtype;

    ConvertVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return List.of("model.path", "output.dir");
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Needed.check("convert", config, "model.path", "output.dir");
        Path model = Objects.requireNonNull(config.model().path());
        Path out = Objects.requireNonNull(config.output().dir());
        DType target = dtype == null ? null : target(dtype);
        try (WeightReader reader = WeightReader.open(model)) {
            Rounding rounding = target == null ? Rounding.NONE : rounding(reader, target);
            List<TensorSource> before =
                    reader.names().stream().map(reader::source).toList();
            List<TensorSource> after =
                    before.stream().map(tensor -> cast(reader, tensor, target)).toList();
            console.say("writing " + out);
            ModelFolder.Written written = ModelFolder.write(model, out, after, SHARD_BYTES);
            Set<String> notTaken = notTaken(reader, written);
            if (json) {
                console.print(Json.text(document(model, out, before, after, rounding, written, notTaken)));
            } else {
                print(model, out, before, after, rounding, written, notTaken);
            }
        }
        return ExitStatus.DONE;
    }

    private static DType target(String word) {
        return DType.ofTorchName(word)
                .filter(TARGETS::contains)
                .orElseThrow(() -> new UserException("--dtype: " + word + "; allowed: "
                        + TARGETS.stream().map(DType::torchName).collect(Collectors.joining(", "))));
    }

    private static TensorSource cast(WeightReader reader, TensorSource tensor, @Nullable DType target) {
        return target == null || tensor.dtype() == target || !tensor.dtype().isFloating()
                ? tensor
                : new CastTensor(reader, tensor.name(), target);
    }

    /** Looks at every number before anything is written, so that all tensors that cannot be cast are named at once. */
    private static Rounding rounding(WeightReader reader, DType target) {
        Rounding sum = Rounding.NONE;
        List<Problem> problems = new ArrayList<>();
        for (String name : reader.names()) {
            if (!reader.info(name).dtype().isFloating()) {
                continue;
            }
            Rounding rounding = Rounding.of(reader.read(name), target);
            if (rounding.infinite() > 0) {
                problems.add(Problem.of(
                        name,
                        Numbers.count(rounding.infinite()) + " numbers would become infinite",
                        "what " + target.torchName() + " can hold"));
            }
            sum = sum.plus(rounding);
        }
        if (!problems.isEmpty()) {
            throw new UserException(
                    reader.location() + " does not fit into " + target.torchName()
                            + "; bfloat16 and float32 reach further",
                    problems);
        }
        return sum;
    }

    /** What lies in the source beside the model: what was left behind, but for the weights that were read. */
    private static Set<String> notTaken(WeightReader reader, ModelFolder.Written written) {
        Set<String> notTaken = new TreeSet<>(written.leftBehind());
        reader.tensors()
                .values()
                .forEach(tensor -> notTaken.remove(tensor.file().getFileName().toString()));
        notTaken.removeIf(name -> name.endsWith(".index.json"));
        return notTaken;
    }

    private void print(
            Path model,
            Path out,
            List<TensorSource> before,
            List<TensorSource> after,
            Rounding rounding,
            ModelFolder.Written written,
            Set<String> notTaken) {
        console.print("read      " + model + ": " + words(before));
        console.print("written   " + out + ": " + words(after));
        console.print("numbers   "
                + (rounding.largest() == 0
                        ? "none changes"
                        : "change by at most " + Numbers.text(rounding.largest()) + ", in " + rounding.tensor()
                                + "; numbers that become 0: " + Numbers.count(rounding.zero())));
        if (rounding.notFinite() > 0) {
            console.print("warning   " + Numbers.count(rounding.notFinite())
                    + " numbers are infinite or NaN in the source, and stay so");
        }
        console.print("weights   " + String.join(", ", written.weightFiles()));
        console.print("copied    " + String.join(", ", written.copied()));
        if (!notTaken.isEmpty()) {
            console.print("not taken " + String.join(", ", notTaken));
        }
    }

    private static ObjectNode document(
            Path model,
            Path out,
            List<TensorSource> before,
            List<TensorSource> after,
            Rounding rounding,
            ModelFolder.Written written,
            Set<String> notTaken) {
        ObjectNode document = Json.object();
        document.set("read", tensors(model, before));
        document.set("written", tensors(out, after));
        ObjectNode numbers = document.putObject("rounding");
        numbers.put("largest", rounding.largest());
        numbers.put("tensor", rounding.tensor());
        numbers.put("become_zero", rounding.zero());
        numbers.put("not_finite", rounding.notFinite());
        document.set("weights", Json.mapper().valueToTree(written.weightFiles()));
        document.set("copied", Json.mapper().valueToTree(written.copied()));
        document.set("not_taken", Json.mapper().valueToTree(notTaken));
        return document;
    }

    private static ObjectNode tensors(Path folder, List<TensorSource> tensors) {
        ObjectNode node = Json.object();
        node.put("folder", folder.toString());
        node.put("tensors", tensors.size());
        node.put("bytes", bytes(tensors));
        ObjectNode types = node.putObject("types");
        types(tensors).forEach((type, count) -> types.put(type.torchName(), count));
        return node;
    }

    /** For example {@code 200 tensors, float16, 11.6 GiB}. */
    static String words(List<? extends TensorSource> tensors) {
        String types = types(tensors).entrySet().stream()
                .map(entry -> entry.getKey().torchName()
                        + (entry.getValue() == tensors.size() ? "" : " (" + entry.getValue() + ")"))
                .collect(Collectors.joining(", "));
        return tensors.size() + " tensors, " + types + ", " + Numbers.bytes(bytes(tensors));
    }

    private static long bytes(List<? extends TensorSource> tensors) {
        return tensors.stream().mapToLong(TensorSource::numBytes).sum();
    }

    private static Map<DType, Integer> types(List<? extends TensorSource> tensors) {
        Map<DType, Integer> types = new EnumMap<>(DType.class);
        tensors.forEach(tensor -> types.merge(tensor.dtype(), 1, Integer::sum));
        return types;
    }
}
