package dev.stride.search;

import static dev.stride.search.VotesTest.vote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeopleScoresTest {
    private static SweepTrial trial(String name, double lr, String value, long seed) {
        return new SweepTrial(
                name,
                "trials/" + name,
                lr,
                value,
                seed,
                SweepTrial.Status.FINISHED,
                9,
                9,
                "",
                Map.of(),
                null,
                SweepTrial.Origin.GRID,
                null,
                1);
    }

    private static final List<SweepTrial> TWO = List.of(trial("high", 3e-3, "3e-3", 1), trial("low", 1e-3, "1e-3", 1));

    @Test
    void counts_areThoseOfTheVotes() {
        PeopleScores scores = PeopleScores.of(
                TWO,
                List.of(
                        vote("A", "p1", "low", "high", Vote.Choice.LEFT),
                        vote("A", "p2", "high", "low", Vote.Choice.LEFT),
                        vote("A", "p3", "high", "low", Vote.Choice.RIGHT),
                        vote("A", "p4", "high", "low", Vote.Choice.TIE),
                        vote("B", "p5", "low", "high", Vote.Choice.BAD),
                        vote("B", "p6", "low", "high", Vote.Choice.SKIP),
                        vote("B", "p7", "gone", "high", Vote.Choice.LEFT)));
        assertThat(scores.standings()).extracting(PeopleScores.Standing::value).containsExactly("1e-3", "3e-3");
        PeopleScores.Standing low = scores.standings().get(0);
        assertThat(List.of(low.won(), low.tied(), low.bothBad(), low.lost(), low.votes()))
                .containsExactly(2, 2, 1, 1, 5);
        assertThat(List.of(scores.votes(), scores.bothBad(), scores.left(), scores.right()))
                .containsExactly(5, 1, 2, 1);
        assertThat(scores.skipped()).isEqualTo(1);
        assertThat(scores.unknown()).isEqualTo(1);
        assertThat(scores.raters()).containsExactly(Map.entry("A", 4), Map.entry("B", 1));
        // 2 wins and 2 ties of 5, with half a win more on either side
        assertThat(low.share().value()).isCloseTo(3.5 / 6, within(1e-9));
        assertThat(scores.share("1e-3")).contains(low.share());
        assertThat(scores.share("9")).isEmpty();
    }

    @Test
    void share_ofAValueThatNobodyJudged_isEmpty() {
        PeopleScores scores = PeopleScores.of(TWO, List.of());
        assertThat(scores.share("1e-3")).isEmpty();
        assertThat(scores.standings().get(0).share().value()).isEqualTo(0.5);
    }

    @Test
    void seedsOfOneValue_areOneContender() {
        List<SweepTrial> trials = List.of(
                trial("low-1", 1e-3, "1e-3", 1),
                trial("low-2", 1e-3, "1e-3", 2),
                trial("high-1", 3e-3, "3e-3", 1),
                trial("high-2", 3e-3, "3e-3", 2));
        PeopleScores scores = PeopleScores.of(
                trials,
                List.of(
                        vote("A", "p", "low-1", "high-1", Vote.Choice.LEFT),
                        vote("A", "p", "high-2", "low-2", Vote.Choice.RIGHT)));
        assertThat(scores.standings()).hasSize(2);
        assertThat(scores.standings().get(0).won()).isEqualTo(2);
    }

    @Test
    void agreement_countsTwoRatersOnOnePair_whicheverSideTheySaw() {
        List<Vote> votes = new ArrayList<>(List.of(
                vote("A", "p", "low", "high", Vote.Choice.LEFT),
                vote("B", "p", "high", "low", Vote.Choice.RIGHT),
                vote("C", "p", "high", "low", Vote.Choice.LEFT),
                vote("A", "q", "low", "high", Vote.Choice.TIE),
                vote("B", "q", "low", "high", Vote.Choice.BAD),
                vote("A", "r", "low", "high", Vote.Choice.LEFT)));
        PeopleScores.Agreement agreement = PeopleScores.of(TWO, votes).agreement();
        // on p three couples, of which A and B agree; on q one, both say neither
        assertThat(agreement).isEqualTo(new PeopleScores.Agreement(4, 2));
        assertThat(agreement.share()).isEqualTo(0.5);
        assertThat(PeopleScores.of(TWO, List.of()).agreement().share()).isNaN();
    }

    @Test
    void json_holdsWhatTheTableShows() {
        JsonNode json = PeopleScores.of(TWO, List.of(vote("A", "p", "low", "high", Vote.Choice.LEFT)))
                .toJson();
        JsonNode low = json.path("scores").path(0);
        assertThat(low.path("value").asText()).isEqualTo("1e-3");
        assertThat(low.path("share").asDouble()).isCloseTo(0.75, within(1e-9));
        assertThat(low.path("share_low").asDouble()).isLessThan(0.75);
        assertThat(low.path("share_high").asDouble()).isGreaterThan(0.75);
        assertThat(low.path("won").asInt()).isEqualTo(1);
        assertThat(json.path("votes").asInt()).isEqualTo(1);
        assertThat(json.path("agreement").has("share")).isFalse();
    }
}
