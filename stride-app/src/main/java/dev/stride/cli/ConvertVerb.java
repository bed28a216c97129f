package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Quantisation;
import dev.stride.train.Preparation;
import java.io.IOException;
import java.nio.file.Files;
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
            "A model with a number that the type cannot hold is refused, with its tensor's name.",
            "--quantize writes the linears of the blocks in 8 or 4 bits and compares the validation loss before and after;"
                    + " --dtype makes floating-point numbers of them again."
        },
        footer = {"", "Example: stride convert --model samples/model --out samples-int4 --quantize int4"})
final class ConvertVerb implements Verb {
    /** About as large as the files of published checkpoints. */
    static final long SHARD_BYTES = 2_000_000_000L;

    /** Settings that say how the loss is measured. */
    private static final List<String> FOR_LOSS = List.of(
            "model.family",
            "data.format",
            "data.columns",
            "data.skip_bad",
            "data.val_limit",
            "data.label_rule",
            "data.truncation",
            "data.max_input_length",
            "data.max_output_length",
            "data.max_length",
            "train.precision",
            "train.device",
            "train.threads");

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

    @Option(
            names = "--quantize",
            paramLabel = "int8|int4",
            description = "Write the linears of the blocks in whole numbers with scales; the rest stays as it is.")
    private @Nullable String quantize;

    @Option(
            names = "--group",
            paramLabel = "row|32|64|128|256",
            description = "With int4: inputs that share a scale; row is the published form. Default: "
                    + QuantizeRequest.DEFAULT_GROUP + ".")
    private @Nullable String group;

    ConvertVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        List<String> knobs = new ArrayList<>(List.of("model.path", "output.dir"));
        knobs.addAll(FOR_LOSS);
        knobs.add("data.val");
        return knobs;
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Needed.check("convert", config, "model.path", "output.dir");
        Path model = Objects.requireNonNull(config.model().path());
        Path out = Objects.requireNonNull(config.output().dir());
        DType target = dtype == null ? null : target(dtype);
        QuantizeRequest request = QuantizeRequest.of(quantize, group);
        RunConfig measuring = withRows(config, model, request != null);
        try (WeightReader reader = WeightReader.open(model)) {
            Rounding rounding = target == null ? Rounding.NONE : rounding(reader, target);
            List<TensorSource> before =
                    reader.names().stream().map(reader::source).toList();
            ConvertedTensors converted = converted(reader, config, request, target);
            ConvertLoss.Before measured = ConvertLoss.before(measuring, model);
            console.say("writing " + out);
            ModelFolder.Written written =
                    ModelFolder.write(model, out, converted.tensors(), SHARD_BYTES, converted.config());
            Set<String> notTaken = notTaken(reader, written);
            ConvertLoss loss = measured == null ? null : measured.and(measuring, out);
            Report report = new Report(model, out, before, converted.tensors(), rounding, written, notTaken, loss);
            if (json) {
                console.print(Json.text(document(report)));
            } else {
                print(report);
            }
        }
        return ExitStatus.DONE;
    }

    /** What was done. */
    private record Report(
            Path model,
            Path out,
            List<TensorSource> before,
            List<TensorSource> after,
            Rounding rounding,
            ModelFolder.Written written,
            Set<String> notTaken,
            @Nullable ConvertLoss loss) {}

    private static ConvertedTensors converted(
            WeightReader reader, RunConfig config, @Nullable QuantizeRequest request, @Nullable DType target) {
        Path model = reader.location();
        boolean quantised =
                configJson(model).path(ChatGlmConfig.QUANTIZATION_BIT).asInt(0) != 0;
        if (request == null && !(quantised && target != null)) {
            return ConvertedTensors.cast(reader, target);
        }
        ChatGlmConfig shape = Preparation.modelConfig(model, config.model().family());
        Quantisation held = shape.quantisation();
        if (request == null) {
            return ConvertedTensors.widened(
                    reader, shape, Objects.requireNonNull(held), Objects.requireNonNull(target));
        }
        if (held != null) {
            throw new UserException("--quantize: " + model + " is quantised already (" + held.words()
                    + "); quantise the checkpoint that it was made from");
        }
        return ConvertedTensors.quantised(reader, shape, request.quantisation(shape), target);
    }

    /** The configuration with rows to measure on: those given, else those of the bundled samples. */
    private static RunConfig withRows(RunConfig config, Path model, boolean quantises) {
        if (!config.data().val().isEmpty()) {
            return config;
        }
        Path rows = quantises ? ConvertLoss.bundledRows(model, configJson(model)) : null;
        if (rows != null) {
            return config.withGiven(Map.of("data.val", List.of(rows.toString())));
        }
        List<Problem> problems = new ArrayList<>();
        for (String path : FOR_LOSS) {
            if (config.isGiven(path)) {
                problems.add(Problem.of(path, "given without rows", "only with --val"));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("settings without effect", problems);
        }
        return config;
    }

    /** An empty object where there is no such file; writing the new folder says so. */
    private static JsonNode configJson(Path model) {
        Path file = model.resolve("config.json");
        try {
            return Files.isRegularFile(file) ? Json.mapper().readTree(file.toFile()) : Json.object();
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read as JSON: " + e.getMessage());
        }
    }

    private static DType target(String word) {
        return DType.ofTorchName(word)
                .filter(TARGETS::contains)
                .orElseThrow(() -> new UserException("--dtype: " + word + "; allowed: "
                        + TARGETS.stream().map(DType::torchName).collect(Collectors.joining(", "))));
    }

    /** Looks at every number before anything is written, so that all tensors that cannot be cast are named at once. */
    private static Rounding rounding(WeightReader reader, DType target) {
        Rounding sum = Rounding.NONE;
        List<Problem> problems = new ArrayList<>();
        for (String name : reader.names()) {
            if (!reader.info(name).dtype().isFloating() || name.endsWith(ChatGlmModel.SCALE)) {
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

    private void print(Report report) {
        Rounding rounding = report.rounding;
        console.print("read      " + report.model + ": " + words(report.before));
        console.print("written   " + report.out + ": " + words(report.after));
        console.print("numbers   " + numbers(report));
        if (rounding.notFinite() > 0) {
            console.print("warning   " + Numbers.count(rounding.notFinite())
                    + " numbers are infinite or NaN in the source, and stay so");
        }
        console.print("weights   " + String.join(", ", report.written.weightFiles()));
        console.print("copied    " + String.join(", ", report.written.copied()));
        if (!report.notTaken.isEmpty()) {
            console.print("not taken " + String.join(", ", report.notTaken));
        }
        if (report.loss != null) {
            console.print("loss      " + report.loss.sentence());
        } else if (quantize != null) {
            console.print("loss      not measured; --val FILE compares it before and after");
        }
    }

    private String numbers(Report report) {
        Rounding rounding = report.rounding;
        String cast = rounding.largest() == 0
                ? "none changes"
                : "change by at most " + Numbers.text(rounding.largest()) + ", in " + rounding.tensor()
                        + "; numbers that become 0: " + Numbers.count(rounding.zero());
        if (quantize == null) {
            return cast;
        }
        String linears = report.after.stream()
                .filter(CodesTensor.class::isInstance)
                .map(CodesTensor.class::cast)
                .findFirst()
                .map(tensor -> "linears: " + tensor.quantisation().words())
                .orElse("no linears");
        return linears + "; others: " + cast;
    }

    private static ObjectNode document(Report report) {
        ObjectNode document = Json.object();
        document.set("read", tensors(report.model, report.before));
        document.set("written", tensors(report.out, report.after));
        ObjectNode numbers = document.putObject("rounding");
        numbers.put("largest", report.rounding.largest());
        numbers.put("tensor", report.rounding.tensor());
        numbers.put("become_zero", report.rounding.zero());
        numbers.put("not_finite", report.rounding.notFinite());
        document.set("weights", Json.mapper().valueToTree(report.written.weightFiles()));
        document.set("copied", Json.mapper().valueToTree(report.written.copied()));
        document.set("not_taken", Json.mapper().valueToTree(report.notTaken));
        document.set("validation_loss", report.loss == null ? document.nullNode() : report.loss.json());
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
