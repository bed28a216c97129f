package dev.stride.train;

import dev.stride.config.Task;
import dev.stride.eval.Evaluator;
import dev.stride.eval.Scores;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RowLosses;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SampleRecord;
import dev.stride.metrics.Jieba;
import dev.stride.metrics.TextScorer;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.TokenizedExample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The evaluations of a run: the validation loss over all rows, and generated texts for the first of them. */
final class Validation {
    /** The name of the validation loss among the scores. */
    static final String LOSS = "loss";

    private final @Nullable Evaluator evaluator;
    private final List<TokenizedExample> rows;
    private final List<Prompt> prompts;
    private final Sampling sampling;
    private final int batch;
    private final int tokenBudget;
    private final @Nullable Task task;
    private final TextScorer scorer = new TextScorer(new Jieba());

    /** A prompt to continue, for people and for the model, and what is expected. */
    record Prompt(int[] ids, String text, String reference) {}

    /**
     * What an evaluation found.
     *
     * @param scores by name, the validation loss under {@link #LOSS}; empty where there are no validation rows
     * @param rowScores each generated row's part in the task's own metric
     */
    record Outcome(Map<String, Double> scores, List<Double> rowScores) {}

    Validation(
            @Nullable Evaluator evaluator,
            List<TokenizedExample> rows,
            List<Prompt> prompts,
            Sampling sampling,
            int batch,
            int tokenBudget,
            @Nullable Task task) {
        this.evaluator = evaluator;
        this.rows = rows;
        this.prompts = prompts;
        this.sampling = sampling;
        this.batch = batch;
        this.tokenBudget = tokenBudget;
        this.task = task;
    }

    /** Whether there is anything to evaluate on. */
    boolean hasRows() {
        return evaluator != null && !rows.isEmpty();
    }

    /**
     * Evaluates the model as it is now.
     *
     * @param asked whether somebody asked for it, besides those that are planned
     */
    Outcome run(long step, boolean asked, Consumer<RunEvent> events, EventSink samples, TrainCallback callback) {
        if (evaluator == null || rows.isEmpty()) {
            return new Outcome(Map.of(), List.of());
        }
        long start = System.nanoTime();
        Evaluator.Loss loss =
                evaluator.loss(rows, tokenBudget, done -> callback.progress("validation loss", done, rows.size()));
        Map<String, Double> scores = Map.of();
        List<Double> rowScores = List.of();
        if (!prompts.isEmpty()) {
            Scores generated = generate(evaluator, step, samples, callback);
            scores = generated.means();
            rowScores = generated.own();
        }
        samples.write(new RowLosses(step, loss.rowLosses(), loss.rowTokens()));
        double seconds = (System.nanoTime() - start) / 1e9;
        events.accept(new EvalEvent(step, loss.loss(), loss.tokens(), scores, seconds, asked));
        Map<String, Double> all = new LinkedHashMap<>(scores);
        all.put(LOSS, loss.loss());
        return new Outcome(all, rowScores);
    }

    private Scores generate(Evaluator writer, long step, EventSink samples, TrainCallback callback) {
        List<Evaluator.Written> written = writer.write(
                prompts.stream().map(Prompt::ids).toList(),
                sampling,
                batch,
                done -> callback.progress("generating", done, prompts.size()));
        List<String> predictions = written.stream().map(Evaluator.Written::text).toList();
        Scores scores = Scores.of(
                scorer, predictions, prompts.stream().map(Prompt::reference).toList(), task);
        for (int i = 0; i < prompts.size(); i++) {
            samples.write(new SampleRecord(
                    step,
                    prompts.get(i).text(),
                    predictions.get(i),
                    prompts.get(i).reference(),
                    scores.rows().get(i).byName()));
        }
        return scores;
    }
}
