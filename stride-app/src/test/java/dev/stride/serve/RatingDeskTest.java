package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import dev.stride.search.Vote;
import dev.stride.search.Vote.Choice;
import dev.stride.search.Votes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatingDeskTest {
    private static final RatingDesk.Browser ANN = new RatingDesk.Browser("Ann", "aaaaaaaa");
    private static final RatingDesk.Browser ANN_TOO = new RatingDesk.Browser("Ann", "bbbbbbbb");
    private static final RatingDesk.Browser BO = new RatingDesk.Browser("Bo", "cccccccc");

    @TempDir
    Path temp;

    private Instant now = Instant.parse("2026-01-31T12:00:00Z");

    @SuppressWarnings("NullAway.Init")
    private RatingDesk desk;

    private RatingDesk open(int limit) {
        InstantSource clock = () -> now;
        desk = RatingDesk.open(RatedSweep.read(temp), 1, limit, clock);
        return desk;
    }

    private void sweep(int prompts, double... rates) {
        SweepFolder.of(temp, prompts, rates);
        open(Integer.MAX_VALUE);
    }

    @AfterEach
    void close() {
        if (desk != null) {
            desk.close();
        }
    }

    private void vote(RatingDesk.Browser browser, Choice choice) throws RatingDesk.Refused {
        desk.vote(browser, desk.next(browser).path("ticket").asText(), choice, 1);
    }

    private static List<String> texts(JsonNode shown) {
        return List.of(shown.path("left").asText(), shown.path("right").asText());
    }

    @Test
    void oneRater_seesEveryPairOnce_withBalancedSides() throws Exception {
        sweep(8, 1e-3, 3e-3, 1e-2);
        Set<Vote.Pair> seen = new HashSet<>();
        for (int i = 0; i < 24; i++) {
            JsonNode next = desk.next(ANN);
            assertThat(next.path("done").asInt()).isEqualTo(i);
            assertThat(next.path("total").asInt()).isEqualTo(24);
            assertThat(next.path("left").asText())
                    .isNotEqualTo(next.path("right").asText());
            vote(ANN, i % 5 == 0 ? Choice.SKIP : Choice.LEFT);
        }
        assertThat(desk.next(ANN).has("ticket")).isFalse();
        List<Vote> votes = Votes.read(temp);
        Map<String, Integer> onTheLeft = new HashMap<>();
        for (Vote vote : votes) {
            seen.add(vote.pair());
            String values = Vote.Pair.of("", vote.left(), vote.right()).toString();
            onTheLeft.merge(values, vote.pair().one().equals(vote.left()) ? 1 : -1, Integer::sum);
        }
        assertThat(seen).hasSize(24);
        assertThat(onTheLeft)
                .hasSize(3)
                .allSatisfy((pair, more) -> assertThat(more).isZero());
    }

    @Test
    void pairs_spreadOverValuesAndPrompts() throws Exception {
        sweep(6, 1e-3, 3e-3, 1e-2);
        Set<String> couples = new HashSet<>();
        Set<String> prompts = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            vote(ANN, Choice.TIE);
        }
        for (Vote vote : Votes.read(temp)) {
            couples.add(Vote.Pair.of("", vote.left(), vote.right()).toString());
            prompts.add(vote.prompt());
        }
        assertThat(couples).as("least compared first").hasSize(3);
        assertThat(prompts).as("prompts that were seen least first").hasSize(3);
    }

    @Test
    void closeValues_areComparedMoreOftenThanClearOnes() throws Exception {
        sweep(30, 1e-3, 3e-3, 1e-2);
        // the highest rate always loses; the other two are even
        Map<String, Integer> met = new HashMap<>();
        for (int i = 0; i < 45; i++) {
            JsonNode next = desk.next(ANN);
            boolean leftIsHigh = next.path("left").asText().contains("lr-0.01");
            boolean rightIsHigh = next.path("right").asText().contains("lr-0.01");
            met.merge(leftIsHigh || rightIsHigh ? "clear" : "close", 1, Integer::sum);
            vote(ANN, leftIsHigh ? Choice.RIGHT : rightIsHigh ? Choice.LEFT : i % 2 == 0 ? Choice.LEFT : Choice.RIGHT);
        }
        assertThat(met.getOrDefault("clear", 0) + met.getOrDefault("close", 0)).isEqualTo(45);
        // by chance a third would be between the close ones
        assertThat(met.get("close")).isGreaterThan(20);
    }

    @Test
    void reload_showsTheSamePairAndSides_untilItIsJudged() throws Exception {
        sweep(5, 1e-3, 3e-3);
        JsonNode first = desk.next(ANN);
        vote(BO, Choice.LEFT);
        assertThat(desk.next(ANN)).isEqualTo(first);
        vote(ANN, Choice.LEFT);
        assertThat(desk.next(ANN).path("ticket")).isNotEqualTo(first.path("ticket"));
    }

    @Test
    void twoBrowsersOfOneName_getDifferentPairs_andTheSecondVoteOnAPairIsRefused() throws Exception {
        sweep(2, 1e-3, 3e-3);
        JsonNode mine = desk.next(ANN);
        JsonNode other = desk.next(ANN_TOO);
        assertThat(texts(other)).doesNotContainAnyElementsOf(texts(mine));
        desk.vote(ANN, mine.path("ticket").asText(), Choice.LEFT, 1);
        // only the pair that the other browser holds is left; it is given all the same
        JsonNode late = desk.next(ANN);
        assertThat(texts(late)).containsExactlyInAnyOrderElementsOf(texts(other));
        desk.vote(ANN_TOO, other.path("ticket").asText(), Choice.LEFT, 1);
        assertThatThrownBy(() -> desk.vote(ANN, late.path("ticket").asText(), Choice.RIGHT, 1))
                .isInstanceOf(RatingDesk.Refused.class);
        assertThat(desk.votes()).isEqualTo(2);
        assertThat(desk.next(ANN).has("ticket")).isFalse();
    }

    @Test
    void closedBrowser_losesItsPairAfterAWhile() {
        sweep(3, 1e-3, 3e-3);
        String ticket = desk.next(ANN).path("ticket").asText();
        now = now.plus(Duration.ofMinutes(16));
        assertThat(desk.next(ANN_TOO).path("ticket").asText()).isEqualTo(ticket);
    }

    @Test
    void raters_areAskedTheSamePairs_soThatAgreementIsKnown() throws Exception {
        sweep(4, 1e-3, 3e-3);
        for (int i = 0; i < 2; i++) {
            vote(ANN, Choice.TIE);
            vote(BO, Choice.BAD);
        }
        JsonNode result = desk.result();
        assertThat(result.path("agreement").path("compared").asInt()).isEqualTo(2);
        assertThat(result.path("agreement").path("same").asInt()).isEqualTo(2);
        assertThat(result.path("raters").path("Ann").asInt()).isEqualTo(2);
    }

    @Test
    void undo_bringsThePairBackWithItsSides_andOnlyOfThisBrowser() throws Exception {
        sweep(4, 1e-3, 3e-3);
        JsonNode first = desk.next(ANN);
        vote(ANN, Choice.LEFT);
        vote(ANN_TOO, Choice.LEFT);
        desk.undo(ANN);
        JsonNode again = desk.next(ANN);
        for (String key : List.of("ticket", "left", "right")) {
            assertThat(again.path(key)).isEqualTo(first.path(key));
        }
        assertThat(desk.votes()).isEqualTo(1);
        assertThatThrownBy(() -> desk.undo(ANN)).isInstanceOf(RatingDesk.Refused.class);
        vote(ANN, Choice.RIGHT);
        assertThat(Votes.read(temp)).extracting(Vote::choice).containsExactlyInAnyOrder(Choice.LEFT, Choice.RIGHT);
    }

    @Test
    void restart_goesOnWhereItWas() throws Exception {
        sweep(6, 1e-3, 3e-3);
        vote(ANN, Choice.LEFT);
        vote(ANN, Choice.SKIP);
        JsonNode shown = desk.next(ANN);
        desk.close();
        open(Integer.MAX_VALUE);
        assertThat(desk.next(ANN)).as("same pair, same sides, same progress").isEqualTo(shown);
        assertThat(shown.path("done").asInt()).isEqualTo(2);
        desk.undo(ANN);
        assertThat(desk.next(ANN).path("done").asInt()).isEqualTo(1);
    }

    @Test
    void halfWrittenLastLine_isCutOffBeforeTheNextVote() throws Exception {
        sweep(4, 1e-3, 3e-3);
        vote(ANN, Choice.LEFT);
        desk.close();
        Path file = temp.resolve(Votes.FILE);
        Files.writeString(file, "{\"time\":\"2026-01-31T12:0", StandardOpenOption.APPEND);
        open(Integer.MAX_VALUE);
        vote(ANN, Choice.RIGHT);
        assertThat(Files.readAllLines(file)).hasSize(2);
        assertThat(Votes.read(temp)).extracting(Vote::choice).containsExactly(Choice.LEFT, Choice.RIGHT);
    }

    @Test
    void lastLineWithoutALineFeed_isKept() throws Exception {
        sweep(4, 1e-3, 3e-3);
        vote(ANN, Choice.LEFT);
        desk.close();
        Path file = temp.resolve(Votes.FILE);
        Files.writeString(file, Files.readString(file).strip());
        open(Integer.MAX_VALUE);
        vote(ANN, Choice.RIGHT);
        assertThat(Votes.read(temp)).extracting(Vote::choice).containsExactly(Choice.LEFT, Choice.RIGHT);
    }

    @Test
    void secondDesk_isRefusedWhileTheFirstIsOpen() throws IOException {
        sweep(4, 1e-3, 3e-3);
        RatedSweep sweep = RatedSweep.read(temp);
        assertThatThrownBy(() -> RatingDesk.open(sweep, 1, 9, InstantSource.system()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("another stride rate");
        desk.close();
        open(Integer.MAX_VALUE);
        assertThat(desk.votes()).isZero();
    }

    @Test
    void limit_endsEachRatersTurn() throws Exception {
        SweepFolder.of(temp, 10, 1e-3, 3e-3);
        open(3);
        for (int i = 0; i < 3; i++) {
            assertThat(desk.next(ANN).path("total").asInt()).isEqualTo(3);
            vote(ANN, Choice.LEFT);
        }
        assertThat(desk.next(ANN).has("ticket")).isFalse();
        assertThat(desk.next(BO).has("ticket")).isTrue();
    }

    @Test
    void whatIsShown_doesNotNameATrial() {
        Path folder = temp;
        SweepFolder sweep = new SweepFolder(folder);
        sweep.trial(
                "lr-1e-3",
                1e-3,
                1,
                dev.stride.search.SweepTrial.Status.FINISHED,
                List.of(SweepFolder.sample(20, "p", "x")));
        sweep.trial(
                "lr-3e-3",
                3e-3,
                1,
                dev.stride.search.SweepTrial.Status.FINISHED,
                List.of(SweepFolder.sample(20, "p", "y")));
        sweep.write();
        open(9);
        assertThat(desk.next(ANN).toString()).contains("\"x\"", "\"y\"").doesNotContain("lr-", "e-3", "0.00");
    }

    @Test
    void unknownTicket_isRefused() {
        sweep(2, 1e-3, 3e-3);
        assertThatThrownBy(() -> desk.vote(ANN, "0000", Choice.LEFT, 1)).isInstanceOf(RatingDesk.Refused.class);
        assertThat(temp.resolve(Votes.FILE)).isEmptyFile();
    }
}
