package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.data.Example;
import dev.stride.eval.Evaluator;
import dev.stride.eval.Scores;
import dev.stride.metrics.Perplexity;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.train.TrainingData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "eval",
        description = "Measures a model on rows: loss over all of them, and BLEU-4 and ROUGE of what it writes.",
        footer = {"", "Example: stride eval --model samples/model --val samples/dialogue/test.jsonl --val-limit 20"})
final class EvalVerb implements Verb {
    private static final int LOSS_TOKENS = 4096;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(
            names = "--metrics",
            paramLabel = "all|loss",
            defaultValue = "all",
            description = "loss leaves generation out. Default: all.")
    private String metrics;

    EvalVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return KnobOptions.modelAndRows(
                "",
                "eval.max_new_tokens",
                "eval.generate_rows",
                "eval.batch",
                "train.precision",
                "train.device",
                "train.threads");
    }

    @Override
    public Integer call() {
        if (!metrics.equals("all") && !metrics.equals("loss")) {
            throw new UserException("--metrics: " + metrics + "; allowed: all, loss");
        }
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        try (OpenModel open = OpenModel.open(config)) {
            TrainingData data = new TrainingData(config.data(), open.tokenizer());
            TrainingData.Rows rows = rows(config, data);
            TrainVerb.keepBadRows(rows.examples().badRows(), Path.of("bad-rows.jsonl"), console);
            Evaluator evaluator = new Evaluator(open.model(), open.tokenizer());
            List<TokenizedExample> tokens = new ArrayList<>();
            for (int i = 0; i < rows.tokens().size(); i++) {
                tokens.add(rows.tokens().get(i));
            }
            Evaluator.Loss loss = evaluator.loss(tokens, LOSS_TOKENS, done -> {});
            ObjectNode result = Json.object();
            result.put("loss", loss.loss());
            result.put("tokens", loss.tokens());
            result.put("perplexity", Perplexity.of(loss.loss()));
            if (metrics.equals("all") && config.eval().generateRows() > 0) {
                scores(config, data, rows, evaluator).forEach(result::put);
            }
            result.put("rows", rows.tokens().size());
            print(result);
        }
        return ExitStatus.DONE;
    }

    private static TrainingData.Rows rows(RunConfig config, TrainingData data) {
        if (config.data().val().isEmpty() && config.data().train().isEmpty()) {
            throw new UserException("data.val: missing; name the rows to measure on with --val or --data");
        }
        return config.data().val().isEmpty() ? data.train() : Objects.requireNonNull(data.validation(null));
    }

    private static Map<String, Double> scores(
            RunConfig config, TrainingData data, TrainingData.Rows rows, Evaluator evaluator) {
        List<Example> examples = rows.examples().examples();
        if (config.isGiven("eval.generate_rows")) {
            examples =
                    examples.subList(0, Math.min(examples.size(), config.eval().generateRows()));
        }
        Sampling sampling = Sampling.greedy(
                config.eval().maxNewTokens(),
                Arrays.stream(data.tokenizer().stopIds()).boxed().collect(Collectors.toSet()));
        List<String> predictions = evaluator
                .write(
                        examples.stream().map(data::prompt).toList(),
                        sampling,
                        config.eval().batch(),
                        done -> {})
                .stream()
                .map(Evaluator.Written::text)
                .toList();
        return Scores.of(predictions, examples.stream().map(Example::answer).toList(), config.task())
                .means();
    }

    private void print(ObjectNode result) {
        if (json) {
            console.print(Json.text(result));
            return;
        }
        result.properties()
                .forEach(entry -> console.print(String.format(
                        Locale.ROOT,
                        "%-16s %s",
                        entry.getKey(),
                        entry.getValue().asText())));
    }
}
