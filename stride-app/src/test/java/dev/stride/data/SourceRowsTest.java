package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceRowsTest {
    @TempDir
    Path folder;

    private DataSet read(int prefix, int continuation) {
        DataOptions options = DataOptions.DEFAULT.withSourceCut(new DataOptions.SourceCut(prefix, continuation));
        return new DataReader(options).read(List.of(DataFile.of(folder)));
    }

    private static String prompt(Example example) {
        return example.prompt().get(0).content();
    }

    private static String lines(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i <= to; i++) {
            text.append("line ").append(i).append('\n');
        }
        return text.toString();
    }

    @Test
    void read_file_isCutIntoPrefixAndContinuation() throws IOException {
        Files.writeString(folder.resolve("A.java"), lines(1, 9) + "\n\n");
        DataSet data = read(3, 2);
        assertThat(data.files().get(0).format()).isEqualTo(DataFormat.SOURCE);
        assertThat(data.size()).isEqualTo(2);
        assertThat(prompt(data.examples().get(0))).isEqualTo(lines(1, 3));
        assertThat(data.examples().get(0).answer()).isEqualTo(lines(4, 5));
        assertThat(prompt(data.examples().get(1))).isEqualTo(lines(6, 8));
        assertThat(data.examples().get(1).answer()).isEqualTo(lines(9, 9));
        assertThat(data.examples().get(1).source()).endsWith("A.java:6");
    }

    @Test
    void read_linesLeftOver_areHalvedAndASingleOneIsJoined() throws IOException {
        Files.writeString(folder.resolve("a.py"), lines(1, 6));
        Files.writeString(folder.resolve("b.py"), lines(1, 8));
        DataSet data = read(3, 2);
        assertThat(data.examples()).extracting(Example::answer).containsExactly(lines(4, 6), lines(4, 5), lines(8, 8));
        assertThat(prompt(data.examples().get(2))).isEqualTo(lines(6, 7));
    }

    @Test
    void read_folder_isOrderedByPathWithoutHiddenAndOtherFiles() throws IOException {
        Files.createDirectories(folder.resolve("b/c"));
        Files.createDirectories(folder.resolve(".git"));
        for (String name : List.of("b/c/Z.java", "b/A.java", "a.kt", ".git/x.py", ".hidden.py", "notes.txt")) {
            Files.writeString(folder.resolve(name), lines(1, 2));
        }
        Files.writeString(folder.resolve("one.py"), "x\n");
        DataSet data = read(1, 1);
        assertThat(data.examples())
                .extracting(example -> folder.relativize(Path.of(
                                example.source().substring(0, example.source().lastIndexOf(':'))))
                        .toString()
                        .replace('\\', '/'))
                .containsExactly("a.kt", "b/A.java", "b/c/Z.java");
        assertThat(data.files().get(0).notes()).singleElement().asString().startsWith("1 source files with fewer");
    }

    @Test
    void read_randomFiles_piecesLaidEndToEndAreTheFile() throws IOException {
        Random random = new Random(7);
        int pieces = 0;
        for (int round = 0; round < 200; round++) {
            List<String> lines = new ArrayList<>();
            int count = 2 + random.nextInt(40);
            for (int i = 0; i < count; i++) {
                lines.add(random.nextInt(3) == 0 ? "  \n" : "code " + i + "\n");
            }
            // a row needs two lines that are not blank
            lines.set(random.nextInt(count - 1), "start\n");
            lines.set(count - 1, "end\n");
            String text = String.join("", lines);
            Files.writeString(folder.resolve("a.rs"), text);
            DataSet data = read(1 + random.nextInt(5), 1 + random.nextInt(5));
            assertThat(data.badRows()).isEmpty();
            assertThat(data.examples().stream()
                            .map(example -> prompt(example) + example.answer())
                            .collect(Collectors.joining()))
                    .as("round %d", round)
                    .isEqualTo(text);
            pieces += data.size();
        }
        assertThat(pieces).isGreaterThan(400);
    }

    @Test
    void read_folderWithoutSources_saysWhatIsExpected() throws IOException {
        Files.writeString(folder.resolve("a.jsonl"), "{}");
        assertThatThrownBy(() -> read(1, 1))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("without source files");
    }
}
