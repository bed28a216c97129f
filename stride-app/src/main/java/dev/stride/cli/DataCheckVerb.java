package dev.stride.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.ConfigReader;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.TrainedRoles;
import dev.stride.config.UserException;
import dev.stride.data.BadRow;
import dev.stride.data.DataCheck;
import dev.stride.data.DataFile;
import dev.stride.data.DataFormat;
import dev.stride.data.DataOptions;
import dev.stride.data.DataReader;
import dev.stride.data.DataSet;
import dev.stride.data.FileFacts;
import dev.stride.data.LabelSet;
import dev.stride.recipe.Planner;
import dev.stride.tokenizer.ChatTemplate;
import dev.stride.tokenizer.LabelRule;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.train.Preparation;
import dev.stride.train.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description = {
            "Reads data files as training would, and says what is in them: rows, bad rows, duplicates, labels, rows that"
                    + " stand in two files; with --model also lengths in tokens and the first row as the model sees it.",
            "Ends with status 2 when a row is bad, unless --skip-bad is given."
        },
        footer = {"", "Example: stride data check samples/dialogue/train.jsonl --model samples/model"})
final class DataCheckVerb implements Verb {
    /** Settings that say something about tokens alone. */
    private static final List<String> ABOUT_TOKENS = List.of(
            "model.family", "data.label_rule", "data.max_input_length", "data.max_output_length", "data.max_length");

    private static final ObjectMapper MAPPER = Json.mapper()
            .copy()
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .registerModule(new SimpleModule().addSerializer(BadRow.Kind.class, new KindInWords()));

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE[:WEIGHT]",
            description = "Training data: files, or folders of source files; those of --config where none is given.")
    private List<String> files = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(
            names = "--bad-rows",
            paramLabel = "FILE",
            defaultValue = "bad-rows.jsonl",
            description = "Where --skip-bad writes the bad rows. Default: bad-rows.jsonl.")
    private Path badRows;

    DataCheckVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return List.of(
                "model.path",
                "model.family",
                "task",
                "data.val",
                "data.format",
                "data.columns",
                "data.skip_bad",
                "data.limit",
                "data.val_limit",
                "data.label_rule",
                "data.max_input_length",
                "data.max_output_length",
                "data.max_length");
    }

    @Override
    public Integer call() {
        RunConfig config = config();
        DataSet train = read(config, sources(config), config.data().limit());
        DataSet val = config.data().val().isEmpty()
                ? new DataSet(List.of(), List.of(), List.of())
                : read(
                        config,
                        config.data().val().stream().map(DataFile::of).toList(),
                        config.data().valLimit());
        TrainingData.options(config.data(), null).requireUsedBy(List.of(train, val));
        DataSet all = joined(train, val);
        DataCheck check = DataCheck.of(all, tokens(config));
        @Nullable Path written = config.data().skipBad() && check.hasBadRows() ? write(all.badRows(), config) : null;
        print(check, all.badRows().size(), written);
        checkLabels(train, val);
        if (!check.hasBadRows()) {
            return ExitStatus.DONE;
        }
        int bad = all.badRows().size();
        console.say((bad == 1 ? "1 bad row" : bad + " bad rows")
                + (written == null ? "; to go on without: --skip-bad" : " left out, kept in " + written));
        return written == null ? ExitStatus.WRONG_REQUEST : ExitStatus.DONE;
    }

    /** The checked configuration, in which files of the command line stand where {@code --data} stands in training. */
    private RunConfig config() {
        ParseResult given = spec.commandLine().getParseResult();
        Map<String, List<String>> flags = KnobOptions.flags(given);
        if (!files.isEmpty()) {
            flags.put("--data", files);
        }
        @Nullable Path yaml = given.matchedOptionValue("--config", null);
        RunConfig config = Planner.withRecipe(
                ConfigReader.read(yaml, flags, given.matchedOptionValue("--set", List.<String>of())));
        if (config.data().train().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "no data file is given");
        }
        if (config.model().path() == null) {
            List<Problem> problems = ABOUT_TOKENS.stream()
                    .filter(config::isGiven)
                    .map(path -> new Problem(
                            path,
                            "given",
                            "with a model",
                            config.origin(path).text(),
                            "Lengths are in tokens; give --model"))
                    .toList();
            if (!problems.isEmpty()) {
                throw new UserException("without a model some settings say nothing", problems);
            }
        }
        return config;
    }

    private static List<DataFile> sources(RunConfig config) {
        return config.data().train().stream()
                .map(source -> new DataFile(source.path(), source.weight()))
                .toList();
    }

    private static DataSet read(RunConfig config, List<DataFile> files, @Nullable Integer limit) {
        DataOptions options = TrainingData.options(config.data(), limit).withSkipBad(true);
        return new DataReader(options).read(files);
    }

    /** Both as one data set, the validation files behind the training files. */
    private static DataSet joined(DataSet train, DataSet val) {
        List<FileFacts> facts = new ArrayList<>(train.files());
        for (FileFacts file : val.files()) {
            facts.add(new FileFacts(
                    file.file(),
                    file.format(),
                    file.container(),
                    file.columns(),
                    train.size() + file.first(),
                    file.examples(),
                    file.rowsRead(),
                    file.limited(),
                    file.labels(),
                    file.unusedKeys(),
                    file.notes()));
        }
        return new DataSet(both(train.examples(), val.examples()), both(train.badRows(), val.badRows()), facts);
    }

    private static <T> List<T> both(List<T> first, List<T> second) {
        List<T> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    private static DataCheck.@Nullable Tokens tokens(RunConfig config) {
        Path folder = config.model().path();
        if (folder == null) {
            return null;
        }
        Tokenizer tokenizer = Preparation.tokenizer(
                folder, Preparation.modelConfig(folder, config.model().family()));
        ChatTemplate template = new ChatTemplate(tokenizer);
        LabelRule rule = config.data().labelRule() == TrainedRoles.DEMO ? LabelRule.DEMO : LabelRule.LEGACY;
        return new DataCheck.Tokens(
                messages -> template.example(messages, rule),
                tokenizer::piece,
                config.data().maxTokens());
    }

    private Path write(List<BadRow> rows, RunConfig config) {
        List<Path> inputs = new ArrayList<>(config.data().val());
        config.data().train().forEach(source -> inputs.add(source.path()));
        for (Path input : inputs) {
            if (isSame(input, badRows)) {
                throw new UserException(
                        "--bad-rows: " + badRows + "; allowed: a file that is not one of the data files");
            }
        }
        BadRow.write(badRows, rows);
        return badRows;
    }

    private static boolean isSame(Path input, Path output) {
        try {
            return Files.exists(output) && Files.isSameFile(input, output);
        } catch (IOException e) {
            return input.toAbsolutePath()
                    .normalize()
                    .equals(output.toAbsolutePath().normalize());
        }
    }

    private void print(DataCheck check, int bad, @Nullable Path written) {
        if (!json) {
            console.out().print(check.toText());
            return;
        }
        ObjectNode document = MAPPER.valueToTree(check);
        document.put("bad_rows", bad);
        document.put("bad_rows_file", written == null ? null : written.toString());
        console.print(Json.text(document));
    }

    /** Validation labels that training never shows are refused by training, so they are refused here. */
    private static void checkLabels(DataSet train, DataSet val) {
        if (!val.files().isEmpty() && train.files().stream().allMatch(file -> file.format() == DataFormat.LABELS)) {
            LabelSet.of(train).requireAllOf(val);
        }
    }

    private static final class KindInWords extends JsonSerializer<BadRow.Kind> {
        @Override
        public void serialize(BadRow.Kind kind, JsonGenerator out, SerializerProvider serializers) throws IOException {
            out.writeString(kind.words());
        }
    }
}
