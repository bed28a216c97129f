package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.stride.data.DataFile;
import dev.stride.data.DataFormat;
import dev.stride.data.DataOptions;
import dev.stride.data.DataReader;
import dev.stride.data.Example;
import dev.stride.samples.SourceSplits;
import dev.stride.samples.Splits;
import dev.stride.tokenizer.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The code continuation set: Java sources cut into what is given and what is to be written, split by file. */
final class CodeSamples {
    private static final DataOptions.SourceCut CUT = new DataOptions.SourceCut(10, 4);
    private static final int TRAIN_ROWS = 800;
    private static final int HELD_OUT_ROWS = 100;

    private CodeSamples() {}

    /** Writes {@code train.jsonl}, {@code validation.jsonl} and {@code test.jsonl}. */
    static void write(Path sources, Path folder) {
        Splits<Path> splits = SourceSplits.of(files(sources));
        write(sources, splits.train(), TRAIN_ROWS, folder.resolve("train.jsonl"));
        write(sources, splits.validation(), HELD_OUT_ROWS, folder.resolve("validation.jsonl"));
        write(sources, splits.test(), HELD_OUT_ROWS, folder.resolve("test.jsonl"));
    }

    private static List<Path> files(Path sources) {
        try (Stream<Path> walk = Files.walk(sources)) {
            return walk.filter(file -> file.toString().endsWith(".java"))
                    .map(sources::relativize)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(sources + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path sources, List<Path> files, int most, Path target) {
        DataOptions options = DataOptions.DEFAULT.withFormat(DataFormat.SOURCE).withSourceCut(CUT);
        List<Example> examples = new ArrayList<>();
        for (Path file : files) {
            examples.addAll(new DataReader(options)
                    .read(List.of(DataFile.of(sources.resolve(file))))
                    .examples());
        }
        List<String> lines = new ArrayList<>();
        // evenly over all files, so that no room fills the set
        int rows = Math.min(most, examples.size());
        for (int i = 0; i < rows; i++) {
            lines.add(line(examples.get((int) ((long) i * examples.size() / rows))));
        }
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.write(target, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(target + ": " + e.getMessage(), e);
        }
    }

    private static String line(Example example) {
        var row = Json.object();
        ArrayNode messages = row.putArray("conversations");
        for (Message message : example.messages()) {
            messages.addObject().put("role", message.role().word()).put("content", message.content());
        }
        return row.toString();
    }
}
