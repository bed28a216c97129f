package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VotesTest {
    @TempDir
    Path temp;

    static Vote vote(String rater, String prompt, String left, String right, Vote.Choice choice) {
        return new Vote(
                Instant.parse("2026-01-31T12:00:00Z"), rater, "0123abcd", prompt, left, right, 20, 20, choice, 4.2);
    }

    private void file(String text) throws IOException {
        Files.writeString(temp.resolve(Votes.FILE), text);
    }

    @Test
    void everyChoice_isReadAsItWasWritten() throws IOException {
        List<Vote> votes = Arrays.stream(Vote.Choice.values())
                .map(choice -> vote("Zoë 王", "p" + choice, "a", "b", choice))
                .toList();
        assertThat(votes).hasSize(6);
        StringBuilder text = new StringBuilder();
        votes.forEach(vote -> text.append(vote.toJson()).append('\n'));
        file(text.toString());
        assertThat(Votes.lines(temp.resolve(Votes.FILE))).isEqualTo(votes);
    }

    @Test
    void absentFile_hasNoVotes() {
        assertThat(Votes.read(temp)).isEmpty();
    }

    @Test
    void halfWrittenLastLine_isLeftOut_whereverItWasTorn() throws IOException {
        String first = vote("A", "p", "a", "b", Vote.Choice.LEFT).toJson() + "\n";
        byte[] second = vote("王", "q", "a", "b", Vote.Choice.LEFT)
                .toJson()
                .toString()
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        int torn = 0;
        for (int cut = 1; cut < second.length; cut++) {
            file(first);
            Files.write(temp.resolve(Votes.FILE), Arrays.copyOf(second, cut), java.nio.file.StandardOpenOption.APPEND);
            assertThat(Votes.read(temp)).hasSize(1);
            torn++;
        }
        assertThat(torn).isGreaterThan(100);
    }

    @Test
    void badLines_areNamedWithTheirNumbers() throws IOException {
        file("{\"time\":1}\nnonsense\n"
                + vote("A", "p", "a", "b", Vote.Choice.LEFT).toJson() + "\n{}\n");
        assertThatThrownBy(() -> Votes.read(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("3 bad lines", "ratings.jsonl:1", "'time'", "ratings.jsonl:2", "jsonl:4");
    }

    @Test
    void undo_takesTheRatersOwnVoteBack_andTheNextOneStands() {
        List<Vote> lines = List.of(
                vote("A", "p", "a", "b", Vote.Choice.LEFT),
                vote("B", "p", "a", "b", Vote.Choice.RIGHT),
                vote("A", "p", "b", "a", Vote.Choice.UNDO),
                vote("A", "p", "b", "a", Vote.Choice.TIE));
        assertThat(Votes.standing(lines)).containsExactly(lines.get(1), lines.get(3));
    }

    @Test
    void secondVoteOnAPair_doesNotCount() {
        List<Vote> lines =
                List.of(vote("A", "p", "a", "b", Vote.Choice.LEFT), vote("A", "p", "b", "a", Vote.Choice.LEFT));
        assertThat(Votes.standing(lines)).containsExactly(lines.get(0));
    }

    @Test
    void undoOfNothing_isNothing() {
        assertThat(Votes.standing(List.of(vote("A", "p", "a", "b", Vote.Choice.UNDO))))
                .isEmpty();
    }
}
