package dev.stride.cli;

import dev.stride.samples.SampleWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "samples",
        description = "Makes the bundled data sets again, and what the bundled checkpoint is pretrained from.",
        footer = {"", "Example: stride samples --out samples --work build/samples   (see samples/README.md)"})
final class SamplesVerb implements Verb {
    private final Console console;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "The folder of the data sets.")
    private Path out = Path.of("samples");

    @Option(
            names = "--work",
            paramLabel = "DIR",
            required = true,
            description = "The folder of the pretraining corpus and of the untrained checkpoint.")
    private Path work = Path.of("build/samples");

    @Option(
            names = "--sources",
            paramLabel = "DIR",
            defaultValue = "stride-app/src/main/java",
            description = "Java sources that the code set is cut from. Default: this project's.")
    private Path sources = Path.of("stride-app/src/main/java");

    @Option(names = "--seed", defaultValue = "1", description = "Of all texts and weights. Default: 1.")
    private long seed;

    SamplesVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        SampleWriter.write(out, seed);
        SampleWriter.writePretrain(work, seed);
        CodeSamples.write(sources, out.resolve("code"));
        console.print("data sets: " + out.resolve("classification") + ", " + out.resolve("dialogue") + ", "
                + out.resolve("call") + ", "
                + out.resolve("code"));
        Path init = work.resolve("init");
        SampleCheckpoint.write(init, vocabularyTexts(), seed);
        console.print("corpus: " + work.resolve("pretrain.txt") + ", " + work.resolve("pretrain.jsonl"));
        console.print("untrained checkpoint: " + init);
        return ExitStatus.DONE;
    }

    /** All that the vocabulary must be able to say: the corpus and the training splits, not the held-out ones. */
    private List<String> vocabularyTexts() {
        List<String> texts = new ArrayList<>();
        for (Path file : List.of(
                work.resolve("pretrain.txt"),
                work.resolve("pretrain.jsonl"),
                out.resolve("classification/train.csv"),
                out.resolve("dialogue/train.jsonl"),
                out.resolve("code/train.jsonl"))) {
            try (Stream<String> lines = Files.lines(file)) {
                lines.forEach(texts::add);
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": " + e.getMessage(), e);
            }
        }
        return texts;
    }
}
