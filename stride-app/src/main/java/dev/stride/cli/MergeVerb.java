package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.Adapter;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.Numbers;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.train.Preparation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "merge",
        description = {
            "Adds an adapter to its base model: every adapted weight becomes W + scale x B A, computed in float32 and"
                    + " written in the base's own type, one tensor at a time.",
            "Then the new model's logits are compared with those of base and adapter on a few prompts; a difference that"
                    + " rounding does not explain ends with status 1."
        },
        footer = {"", "Example: stride merge --model samples/model --adapter runs/first --out merged"})
final class MergeVerb implements Verb {
    private static final String WEIGHT = ".weight";

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(names = "--no-check", description = "Leave the comparison out, where memory does not hold the model.")
    private boolean unchecked;

    MergeVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return List.of(
                "model.path",
                "model.family",
                "model.adapter",
                "output.dir",
                "train.precision",
                "train.device",
                "train.threads");
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Needed.check("merge", config, "model.path", "model.adapter", "output.dir");
        Path model = Objects.requireNonNull(config.model().path());
        Path adapterFolder =
                OpenModel.adapterFolder(Objects.requireNonNull(config.model().adapter()));
        Path out = Objects.requireNonNull(config.output().dir());
        ChatGlmConfig shape = Preparation.modelConfig(model, config.model().family());
        if (shape.quantisation() != null) {
            throw new UserException("model.path: " + model + " is quantised ("
                    + shape.quantisation().words()
                    + "); a sum would have to be rounded to codes once more. Merge into the checkpoint that it was made from,"
                    + " or into its widened form (stride convert --dtype float16), and quantise the result");
        }
        Merged merged = write(model, shape, adapterFolder, out);
        MergeCheck check = null;
        if (!unchecked) {
            console.say("comparing the logits of " + out + " with those of base and adapter");
            check = MergeCheck.of(config, model, adapterFolder, out, merged.type);
        }
        if (json) {
            console.print(Json.text(document(merged, check)));
        } else {
            console.print(merged.sentence());
            console.print(sentence(check));
        }
        if (check != null && check.passed() && check.roundingSwallowsAdapter(merged.type)) {
            console.say(
                    "warning: rounding to " + merged.type.torchName() + " moves the logits by more than half of what"
                            + " the adapter does; merge into the base in float32 (stride convert --dtype float32) to keep it");
        }
        if (check == null || check.passed()) {
            return ExitStatus.DONE;
        }
        console.say("stride: the merged model in " + out + " does not compute what base and adapter do; do not use it");
        return ExitStatus.FAILED;
    }

    /** What was merged. */
    private record Merged(
            Path model, Path adapter, Path out, AdapterConfig config, Set<String> modules, DType type, String size) {
        String sentence() {
            return "Merged " + modules.size() + " weights of " + adapter + " (rank " + config.rank() + ", W + "
                    + Numbers.text(config.scaling()) + " x B A) into " + model + " and wrote " + out + ": " + size
                    + ".";
        }
    }

    private Merged write(Path model, ChatGlmConfig shape, Path adapterFolder, Path out) {
        try (WeightReader base = WeightReader.open(model);
                Adapter adapter = Adapter.open(adapterFolder)) {
            ModelLoader.check(base, shape);
            adapter.check(linears(shape));
            Set<String> modules = adapter.modules();
            List<TensorSource> tensors = new ArrayList<>();
            for (String name : base.names()) {
                boolean adapted = name.endsWith(WEIGHT) && modules.contains(module(name));
                tensors.add(adapted ? new MergedTensor(base, adapter, module(name)) : base.source(name));
            }
            console.say("writing " + out);
            ModelFolder.write(model, out, tensors, ConvertVerb.SHARD_BYTES);
            DType type = base.info(modules.iterator().next() + WEIGHT).dtype();
            return new Merged(model, adapterFolder, out, adapter.config(), modules, type, ConvertVerb.words(tensors));
        }
    }

    /** The linears of the blocks: what may have an adapter. */
    private static Map<String, long[]> linears(ChatGlmConfig shape) {
        Map<String, long[]> shapes = ChatGlmModel.shapes(shape);
        Map<String, long[]> linears = new LinkedHashMap<>();
        ChatGlmModel.linearWeights(shape)
                .forEach(name -> linears.put(module(name), Objects.requireNonNull(shapes.get(name))));
        return linears;
    }

    /** The linear of a weight's name. */
    private static String module(String name) {
        return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
    }

    private static String sentence(@Nullable MergeCheck check) {
        if (check == null) {
            return "Its logits were not compared with those of base and adapter (--no-check).";
        }
        return "On " + check.prompts() + " prompts (" + check.tokens() + " tokens, computed in "
                + check.precision().name().toLowerCase(Locale.ROOT)
                + ") its logits differ from those of base and adapter by"
                + " at most " + Numbers.text(check.largest()) + "; the largest logit is "
                + Numbers.text(check.largestLogit()) + ", the adapter moves logits by up to "
                + Numbers.text(check.effect()) + ", and up to "
                + Numbers.text(check.allowed() * check.largestLogit()) + " would be rounding. No validation data was"
                + " used: stride eval measures the merged model.";
    }

    private static ObjectNode document(Merged merged, @Nullable MergeCheck check) {
        ObjectNode document = Json.object();
        document.put("model", merged.model.toString());
        document.put("adapter", merged.adapter.toString());
        document.put("out", merged.out.toString());
        document.put("dtype", merged.type.torchName());
        document.put("rank", merged.config.rank());
        document.put("scale", merged.config.scaling());
        document.set("modules", Json.mapper().valueToTree(merged.modules));
        if (check == null) {
            document.putNull("check");
            return document;
        }
        ObjectNode node = document.putObject("check");
        node.put("prompts", check.prompts());
        node.put("tokens", check.tokens());
        node.put("precision", check.precision().name().toLowerCase(Locale.ROOT));
        node.put("largest_difference", check.largest());
        node.put("largest_logit", check.largestLogit());
        node.put("adapter_effect", check.effect());
        node.put("allowed_share", check.allowed());
        node.put("passed", check.passed());
        return document;
    }
}
