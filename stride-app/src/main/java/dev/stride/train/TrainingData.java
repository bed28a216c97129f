package dev.stride.train;

import dev.stride.config.DataConfig;
import dev.stride.config.TrainedRoles;
import dev.stride.config.TruncationRule;
import dev.stride.data.Columns;
import dev.stride.data.DataFile;
import dev.stride.data.DataFormat;
import dev.stride.data.DataOptions;
import dev.stride.data.DataReader;
import dev.stride.data.DataSet;
import dev.stride.data.LabelSet;
import dev.stride.data.TokenizedData;
import dev.stride.tokenizer.ChatTemplate;
import dev.stride.tokenizer.LabelRule;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.tokenizer.Truncation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a configuration, read, checked and tokenized: those to train on and those to validate on. */
public final class TrainingData {
    private final DataConfig config;
    private final Tokenizer tokenizer;
    private final ChatTemplate template;

    /** Reads with one vocabulary under one configuration. */
    public TrainingData(DataConfig config, Tokenizer tokenizer) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.template = new ChatTemplate(tokenizer);
    }

    /** Examples as read and as tokens. */
    public record Rows(DataSet examples, TokenizedData tokens) {}

    /** The training rows. */
    public Rows train() {
        List<DataFile> files = config.train().stream()
                .map(source -> new DataFile(source.path(), source.weight()))
                .toList();
        return rows(files, config.limit());
    }

    /**
     * The validation rows; null where there are none.
     *
     * @param train the training rows, whose label set those of a classification must keep to
     */
    public @Nullable Rows validation(@Nullable Rows train) {
        if (config.val().isEmpty()) {
            return null;
        }
        List<DataFile> files = config.val().stream().map(DataFile::of).toList();
        Rows rows = rows(files, config.valLimit());
        if (train != null && isLabelled(train)) {
            LabelSet.of(train.examples()).requireAllOf(rows.examples());
        }
        return rows;
    }

    /** The ids that the model continues for an example: every message before its last answer, cut to the input limit. */
    public int[] prompt(dev.stride.data.Example example) {
        return truncation().cut(template.prompt(example.prompt()), config.maxInputLength() + 1);
    }

    /** The vocabulary. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The chat template. */
    public ChatTemplate template() {
        return template;
    }

    /** Whether all rows are texts with labels, so that answers come from a closed set. */
    private static boolean isLabelled(Rows rows) {
        return rows.examples().files().stream().allMatch(file -> file.format() == DataFormat.LABELS);
    }

    /** The options under which data files are read. */
    public static DataOptions options(DataConfig config, @Nullable Integer limit) {
        DataOptions options = DataOptions.DEFAULT.withSkipBad(config.skipBad());
        if (config.format() != dev.stride.config.DataFormat.AUTO) {
            options = options.withFormat(DataFormat.parse(config.format().word()));
        }
        if (!config.columns().isEmpty()) {
            List<String> pairs = new ArrayList<>();
            config.columns().forEach((part, name) -> pairs.add(part + "=" + name));
            options = options.withColumns(Columns.parse(String.join(",", pairs)));
        }
        return limit == null ? options : options.withLimit(limit);
    }

    private Rows rows(List<DataFile> files, @Nullable Integer limit) {
        DataSet examples = new DataReader(options(config, limit)).read(files);
        LabelRule rule = config.labelRule() == TrainedRoles.DEMO ? LabelRule.DEMO : LabelRule.LEGACY;
        TokenizedData tokens = TokenizedData.of(
                examples,
                messages -> template.example(messages, rule),
                example -> truncation().cut(example, config.maxTokens()));
        return new Rows(examples, tokens);
    }

    private Truncation truncation() {
        return config.truncation() == TruncationRule.RIGHT ? Truncation.RIGHT_CUT : Truncation.KEEP_END;
    }

    /** The vocabulary of a checkpoint folder. */
    public static Tokenizer tokenizer(Path modelFolder, dev.stride.tokenizer.Family family) {
        return Tokenizer.read(modelFolder.resolve("tokenizer.model"), family);
    }
}
