package dev.stride.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleFilesTest {
    private static final List<String> COMMITTED = List.of(
            "classification/train.csv",
            "classification/validation.csv",
            "classification/test.csv",
            "dialogue/train.jsonl",
            "dialogue/validation.jsonl",
            "dialogue/test.jsonl",
            "call/train.jsonl",
            "call/validation.jsonl",
            "call/test.jsonl");
    private static final long MAX_BYTES = 1_800_000;

    /** The files in samples/ are what the program makes: whoever changes a pattern writes them again. */
    @Test
    void write_seedOne_makesTheCommittedFiles(@TempDir Path folder) throws IOException {
        SampleWriter.write(folder, 1);
        Path samples = SharedFolder.projectRoot().resolve("samples");
        long bytes = 0;
        for (String file : COMMITTED) {
            assertThat(folder.resolve(file)).hasSameBinaryContentAs(samples.resolve(file));
            bytes += Files.size(folder.resolve(file));
        }
        try (Stream<Path> written = Files.walk(folder)) {
            assertThat(written.filter(Files::isRegularFile)).hasSize(COMMITTED.size());
        }
        assertThat(bytes).isLessThan(MAX_BYTES);
    }

    @Test
    void write_files_haveTheirFormats(@TempDir Path folder) throws IOException {
        SampleWriter.write(folder, 3);
        List<String> csv = Files.readAllLines(folder.resolve("classification/train.csv"));
        assertThat(csv).hasSize(1201).first().isEqualTo("text,label");
        assertThat(csv.subList(1, csv.size())).allMatch(line -> line.matches("[^,\"]+,(物流|质量|退款|发票|咨询|表扬)"));
        List<String> lines = Files.readAllLines(folder.resolve("dialogue/test.jsonl"));
        assertThat(lines).hasSize(120);
        for (String line : lines) {
            JsonNode messages = new ObjectMapper().readTree(line).get("conversations");
            assertThat(messages.get(0).get("role").asText()).isEqualTo("user");
            assertThat(messages.get(messages.size() - 1).get("role").asText()).isEqualTo("assistant");
            assertThat(messages.get(1).get("content").asText()).startsWith("您好呀，");
        }
    }

    @Test
    void writePretrain_bothFiles_holdTheWholeCorpus(@TempDir Path folder) throws IOException {
        SampleWriter.writePretrain(folder.resolve("new"), 1);
        int texts = Files.readAllLines(folder.resolve("new/pretrain.txt")).size();
        int chats = Files.readAllLines(folder.resolve("new/pretrain.jsonl")).size();
        assertThat(texts + chats).isEqualTo(PretrainTexts.NUM_ITEMS);
        assertThat(chats).isGreaterThan(PretrainTexts.NUM_ITEMS / 3);
    }

    @Test
    void sourceSplits_manyFiles_areStableAndInProportion() {
        List<Path> sources = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            sources.add(Path.of("app", "src", "Some" + i + ".java"));
        }
        Splits<Path> splits = SourceSplits.of(sources);
        List<Path> together = new ArrayList<>(splits.train());
        together.addAll(splits.validation());
        together.addAll(splits.test());
        assertThat(together).containsExactlyInAnyOrderElementsOf(sources);
        assertThat(splits.train().size()).isBetween(750, 850);
        assertThat(splits.validation().size()).isBetween(70, 130);
        Splits<Path> fewer = SourceSplits.of(sources.subList(0, 500));
        assertThat(splits.train()).containsAll(fewer.train());
        assertThat(splits.test()).containsAll(fewer.test());
    }

    @Test
    void sourceSplits_absolutePath_isRefused() {
        assertThatThrownBy(() -> SourceSplits.of(List.of(Path.of("A.java").toAbsolutePath())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("relative");
    }
}
