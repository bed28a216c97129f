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

    /** What was measured of the source, before anything is written. */
    record Before(Evaluator.Loss loss, PrecisionChoice precision) {
        /** The loss of what was written, in the same precision, beside it. */
        ConvertLoss and(RunConfig config, Path written) {
            Before after = before(config, written, precision);
            return new ConvertLoss(
                    loss.loss(), after.loss.loss(), loss.rowLosses().size(), loss.tokens(), precision.word());
        }
    }

    /** The loss of the source; null where there are no rows. */
    static @Nullable Before before(RunConfig config, Path source) {
        return config.data().val().isEmpty() ? null : before(config, source, null);
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

    private static Before before(RunConfig config, Path folder, @Nullable PrecisionChoice precision) {
        try (OpenModel open = OpenModel.open(config, folder, null, precision)) {
            TrainingData.Rows rows =
                    Objects.requireNonNull(new TrainingData(config.data(), open.tokenizer()).validation(null));
            DataSet examples = rows.examples();
            List<TokenizedExample> tokens = new ArrayList<>();
            for (int i = 0; i < examples.examples().size(); i++) {
                tokens.add(rows.tokens().get(i));
            }
            return new Before(
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
