package dev.stride.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.config.RunConfig;
import dev.stride.config.Task;
import dev.stride.data.LoaderSettings;
import dev.stride.distributed.Ranks;
import dev.stride.eval.Evaluator;
import dev.stride.eval.Scores;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RowLosses;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SampleRecord;
import dev.stride.metrics.Jieba;
import dev.stride.metrics.TextScorer;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.TokenizedExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The evaluations of a run: the validation loss over all rows, and generated texts for the first of them. */
final class Validation {
    /** The name of the validation loss among the scores. */
    static final String LOSS = "loss";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final @Nullable Evaluator evaluator;
    private final List<TokenizedExample> rows;
    private final List<Prompt> prompts;
    private final Sampling sampling;
    private final int batch;
    private final int tokenBudget;
    private final @Nullable Task task;
    private final Ranks ranks;
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

    private Validation(
            @Nullable Evaluator evaluator,
            List<TokenizedExample> rows,
            List<Prompt> prompts,
            Sampling sampling,
            int batch,
            int tokenBudget,
            @Nullable Task task,
            Ranks ranks) {
        this.ranks = ranks;
        this.evaluator = evaluator;
        this.rows = rows;
        this.prompts = prompts;
        this.sampling = sampling;
        this.batch = batch;
        this.tokenBudget = tokenBudget;
        this.task = task;
    }

    /** The evaluations of a prepared run. */
    static Validation of(Preparation preparation, ChatGlmModel model, Ranks ranks) {
        RunConfig config = preparation.config();
        TrainingData.@Nullable Rows given = preparation.validation();
        Set<Integer> stopIds =
                Arrays.stream(preparation.data().tokenizer().stopIds()).boxed().collect(Collectors.toSet());
        List<TokenizedExample> rows = new ArrayList<>();
        List<Prompt> prompts = new ArrayList<>();
        if (given != null) {
            for (int i = 0; i < given.tokens().size(); i++) {
                rows.add(given.tokens().get(i));
            }
            given.examples().examples().stream()
                    .limit(config.eval().generateRows())
                    .forEach(example -> prompts.add(new Prompt(
                            preparation.data().prompt(example), TrainingRun.text(example.prompt()), example.answer())));
        }
        return new Validation(
                given == null ? null : new Evaluator(model, preparation.data().tokenizer()),
                rows,
                prompts,
                Sampling.greedy(config.eval().maxNewTokens(), stopIds),
                config.eval().batch(),
                preparation.plan().passTokens().value(),
                config.task(),
                ranks);
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
        Evaluator.Loss loss = loss(evaluator, callback);
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

    /** Each rank has a share of the rows, in their order; then all have the losses of all rows. */
    private Evaluator.Loss loss(Evaluator reader, TrainCallback callback) {
        int first = edge(rows.size(), ranks.env().rank());
        int end = edge(rows.size(), ranks.env().rank() + 1);
        Evaluator.Loss own = reader.loss(
                rows.subList(first, end), tokenBudget, done -> callback.progress("validation loss", done, end - first));
        if (ranks.env().isAlone()) {
            return own;
        }
        double[] all = new double[2 * rows.size()];
        for (int i = first; i < end; i++) {
            all[i] = own.rowLosses().get(i - first);
            all[rows.size() + i] = own.rowTokens().get(i - first);
        }
        all = ranks.sum(all);
        List<Double> losses = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            losses.add(all[i]);
            tokens.add((long) all[rows.size() + i]);
        }
        return Evaluator.Loss.of(losses, tokens);
    }

    private int edge(int size, int rank) {
        return LoaderSettings.edge(size, rank, ranks.env().world());
    }

    /** Texts for all prompts, written by all ranks. */
    private List<String> predictions(Evaluator writer, TrainCallback callback) {
        int first = edge(prompts.size(), ranks.env().rank());
        int end = edge(prompts.size(), ranks.env().rank() + 1);
        List<String> own = writer
                .write(
                        prompts.subList(first, end).stream().map(Prompt::ids).toList(),
                        sampling,
                        batch,
                        done -> callback.progress("generating", done, end - first))
                .stream()
                .map(Evaluator.Written::text)
                .toList();
        if (ranks.env().isAlone()) {
            return own;
        }
        ArrayNode texts = JsonNodeFactory.instance.arrayNode();
        own.forEach(texts::add);
        List<String> all = new ArrayList<>();
        for (String share : ranks.gather(texts.toString())) {
            try {
                JSON.readTree(share).forEach(text -> all.add(text.textValue()));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a rank sent texts that are none", e);
            }
        }
        return all;
    }

    private Scores generate(Evaluator writer, long step, EventSink samples, TrainCallback callback) {
        List<String> predictions = predictions(writer, callback);
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
