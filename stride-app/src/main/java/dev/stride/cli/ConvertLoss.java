package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Numbers;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.RunConfig;
import dev.stride.data.DataSet;
import dev.stride.eval.Evaluator;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.train.TrainingData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The validation loss of a checkpoint before and after it was converted, in one precision.
 *
 * @param before of the source; NaN where no token is trained
 * @param after of what was written
 * @param tokens trained tokens
 * @param precision of the products
 */
record ConvertLoss(double before, double after, int rows, long tokens, String precision) {
    private static final int LOSS_TOKENS = 4096;
    private static final String BUNDLED = "stride/chatglm3-sample";

    /** Loads one model after the other. */
    static ConvertLoss of(RunConfig config, Path before, Path after) {
        Measured first = measured(config, before, null);
        Measured second = measured(config, after, first.precision);
        return new ConvertLoss(
                first.loss.loss(),
                second.loss.loss(),
                first.loss.rowLosses().size(),
                first.loss.tokens(),
                first.precision.word());
    }

    /** The validation rows of the bundled samples, where a model is the bundled one and they lie beside it. */
    static @Nullable Path bundledRows(Path model, JsonNode config) {
        Path parent = model.toAbsolutePath().normalize().getParent();
        if (parent == null || !config.path("_name_or_path").asText().equals(BUNDLED)) {
            return null;
        }
        Path rows = parent.resolve("dialogue/validation.jsonl");
        return Files.isRegularFile(rows) ? rows : null;
    }

    private record Measured(Evaluator.Loss loss, PrecisionChoice precision) {}

    private static Measured measured(RunConfig config, Path folder, @Nullable PrecisionChoice precision) {
        try (OpenModel open = OpenModel.open(config, folder, null, precision)) {
            TrainingData.Rows rows =
                    Objects.requireNonNull(new TrainingData(config.data(), open.tokenizer()).validation(null));
            DataSet examples = rows.examples();
            List<TokenizedExample> tokens = new ArrayList<>();
            for (int i = 0; i < examples.examples().size(); i++) {
                tokens.add(rows.tokens().get(i));
            }
            return new Measured(
                    new Evaluator(open.model(), open.tokenizer()).loss(tokens, LOSS_TOKENS, done -> {}),
                    PrecisionChoice.valueOf(open.model().precision().name()));
        }
    }

    String sentence() {
        return String.format(
                Locale.ROOT,
                "%.5f before, %.5f after (%+.3f %%), over %s rows with %s trained tokens, in %s",
                before,
                after,
                100 * (after / before - 1),
                Numbers.count(rows),
                Numbers.count(tokens),
                precision);
    }

    ObjectNode json() {
        ObjectNode node = Json.object();
        node.put("before", before);
        node.put("after", after);
        node.put("rows", rows);
        node.put("tokens", tokens);
        node.put("precision", precision);
        return node;
    }
}
