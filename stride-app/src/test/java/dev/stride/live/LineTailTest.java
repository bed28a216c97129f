package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineTailTest {
    @TempDir
    Path folder;

    private final List<String> seen = new ArrayList<>();

    private LineTail tail() throws IOException {
        return new LineTail(folder.resolve("lines"), folder.toRealPath(), new LineTail.Reader() {
            @Override
            public void line(long number, long offset, byte[] bytes, int from, int to) {
                seen.add(number + "@" + offset + " " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
            }

            @Override
            public void tooLong(long number) {
                seen.add(number + " too long");
            }

            @Override
            public void restarted() {
                seen.add("restarted");
            }
        });
    }

    private void append(String text) throws IOException {
        Files.writeString(folder.resolve("lines"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void poll_halfALine_waitsForItsRest() throws IOException {
        LineTail tail = tail();
        assertThat(tail.poll(1000)).isFalse();
        append("one\ntw");
        assertThat(tail.poll(1000)).isTrue();
        assertThat(seen).containsExactly("1@0 one");
        assertThat(tail.poll(1000)).isFalse();
        append("o\n\nfour\n");
        tail.poll(1000);
        assertThat(seen).containsExactly("1@0 one", "2@4 two", "4@9 four");
    }

    @Test
    void poll_fileThatWasCut_startsAgain() throws IOException {
        append("one\ntwo\n");
        LineTail tail = tail();
        tail.poll(1000);
        Files.writeString(folder.resolve("lines"), "one\n");
        tail.poll(1000);
        assertThat(seen).containsExactly("1@0 one", "2@4 two", "restarted", "1@0 one");
    }

    @Test
    void poll_fileThatWasReplacedByALongerOne_startsAgain() throws IOException {
        append("one\n");
        LineTail tail = tail();
        tail.poll(1000);
        Path other = Files.writeString(folder.resolve("other"), "uno\ndos\n");
        Files.move(other, folder.resolve("lines"), StandardCopyOption.REPLACE_EXISTING);
        tail.poll(1000);
        assertThat(seen).containsExactly("1@0 one", "restarted", "1@0 uno", "2@4 dos");
    }

    /** The same file, not shorter: only what was read before tells that it is another text. */
    @Test
    void poll_fileThatWasWrittenAnewInItsPlace_startsAgain() throws IOException {
        append("one\n");
        LineTail tail = tail();
        tail.poll(1000);
        Files.writeString(folder.resolve("lines"), "uno\ndos\n");
        tail.poll(1000);
        assertThat(seen).containsExactly("1@0 one", "restarted", "1@0 uno", "2@4 dos");
    }

    @Test
    void poll_fileThatWasDeleted_startsAgainWhenItIsBack() throws IOException {
        append("one\n");
        LineTail tail = tail();
        tail.poll(1000);
        Files.delete(folder.resolve("lines"));
        assertThat(tail.poll(1000)).isTrue();
        assertThat(tail.problem()).isEmpty();
        assertThat(seen).containsExactly("1@0 one", "restarted");
        append("two\n");
        tail.poll(1000);
        assertThat(seen).endsWith("1@0 two");
    }

    @Test
    void poll_lineOfMoreThanAMegabyte_isPassedOverAndNotKept() throws IOException {
        append("one\n" + "x".repeat(3 * LineTail.MAX_LINE));
        LineTail tail = tail();
        do {
            tail.poll(1);
        } while (tail.hasMore());
        append("x\nthree\n");
        tail.poll(10L * LineTail.MAX_LINE);
        assertThat(seen.stream().map(line -> line.replaceAll("@\\d+", "")))
                .containsExactly("1 one", "2 too long", "3 three");
    }

    @Test
    void poll_aMegabyteExactly_isALine() throws IOException {
        append("x".repeat(LineTail.MAX_LINE) + "\ntwo\n");
        tail().poll(10L * LineTail.MAX_LINE);
        assertThat(seen).hasSize(2);
        assertThat(seen.get(0)).hasSize(LineTail.MAX_LINE + "1@0 ".length());
    }

    @Test
    void poll_manyLines_areReadInPartsAndNoneTwice() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append("line ").append(i).append('\n');
        }
        append(text.toString());
        LineTail tail = tail();
        int rounds = 0;
        do {
            tail.poll(1);
            rounds++;
        } while (tail.hasMore());
        assertThat(rounds).isGreaterThan(1);
        assertThat(seen).hasSize(20_000);
        assertThat(seen.get(19_999)).endsWith(" line 19999");
    }

    @Test
    void poll_folderOrPipeOfThatName_isAProblemAndDoesNotBlock() throws IOException, InterruptedException {
        Files.createDirectory(folder.resolve("lines"));
        LineTail tail = tail();
        tail.poll(1000);
        assertThat(tail.problem()).isEqualTo("it is a folder");
        Files.delete(folder.resolve("lines"));
        int made = new ProcessBuilder("mkfifo", folder.resolve("lines").toString())
                .start()
                .waitFor();
        org.junit.jupiter.api.Assumptions.assumeTrue(made == 0);
        tail.poll(1000);
        assertThat(tail.problem()).isEqualTo("it is neither a file nor a folder");
        assertThat(tail.isReadable()).isFalse();
    }

    @Test
    void poll_linkThatLeadsOut_isNotFollowed(@TempDir Path elsewhere) throws IOException {
        Path secret = Files.writeString(elsewhere.resolve("secret"), "secret\n");
        Files.createSymbolicLink(folder.resolve("lines"), secret);
        LineTail tail = tail();
        tail.poll(1000);
        assertThat(seen).isEmpty();
        assertThat(tail.problem()).contains("leads out");
    }
}
