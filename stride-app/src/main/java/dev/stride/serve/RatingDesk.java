package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.search.BradleyTerry;
import dev.stride.search.PeopleScores;
import dev.stride.search.SweepTrial;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands out pairs and takes votes, for any number of raters at once.
 *
 * <p>The next pair is the one whose vote says most: {@code p (1 - p) / (n + 1)}, with the probability {@code p} that one
 * value is preferred to the other by the votes so far and the number {@code n} of votes on the two, is highest. Of pairs
 * that say equally much the prompt that this rater saw least often comes first, then a seeded order that is the same for
 * all, so that raters meet the same pairs and their agreement is known. No rater gets a pair twice, and two browsers of one
 * rater do not get the same one. Sides are balanced for each rater and two values; the first is seeded.
 */
public final class RatingDesk implements AutoCloseable {
    /** A browser that showed a pair this long ago without a vote is taken as closed. */
    private static final Duration LEASE = Duration.ofMinutes(15);

    private final RatedSweep sweep;
    private final VoteLog log;
    private final InstantSource clock;
    private final long seed;
    private final int limit;
    private final int values;
    private final Map<String, Integer> contenders = new HashMap<>();
    private final Map<String, RatedPair.Sides> tickets = new HashMap<>();
    private final Map<Browser, Lease> leases = new HashMap<>();
    private List<Vote> standing;

    /** One person's browser. */
    record Browser(String rater, String session) {}

    private record Lease(RatedPair.Sides shown, Instant since) {}

    /** A vote that cannot be taken: the pair is not known, or was judged by this rater before. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /**
     * Opens the desk of a sweep and its votes.
     *
     * @param seed of the order and of the sides
     * @param limit pairs that one rater is asked about at most
     * @param clock for the times in the votes
     */
    public static RatingDesk open(RatedSweep sweep, long seed, int limit, InstantSource clock) {
        return new RatingDesk(sweep, VoteLog.open(sweep.folder()), seed, limit, clock);
    }

    private RatingDesk(RatedSweep sweep, VoteLog log, long seed, int limit, InstantSource clock) {
        this.sweep = sweep;
        this.log = log;
        this.seed = seed;
        this.limit = Math.min(limit, sweep.size());
        this.clock = clock;
        List<String> words = PeopleScores.values(sweep.trials());
        this.values = words.size();
        for (SweepTrial trial : sweep.trials()) {
            contenders.put(trial.name(), words.indexOf(trial.value()));
        }
        this.standing = Votes.standing(log.lines());
        for (RatedPair pair : sweep.pairs()) {
            for (boolean swapped : new boolean[] {false, true}) {
                RatedPair.Sides sides = pair.sides(swapped);
                tickets.put(sides.ticket(seed), sides);
            }
        }
    }

    /** How many votes stand. */
    public synchronized int votes() {
        return (int) standing.stream().filter(Vote::isJudged).count();
    }

    /** What a browser shows next: its own pair again if it has not voted on it, else a new one, or that all is done. */
    synchronized ObjectNode next(Browser browser) {
        Set<Vote.Pair> done = doneBy(browser.rater());
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        int count = (int)
                sweep.pairs().stream().filter(pair -> done.contains(pair.key())).count();
        answer.put("done", count).put("total", Math.max(limit, count));
        answer.put("undo", lastOf(browser) != null);
        RatedPair.Sides shown = count >= limit ? null : choose(browser, done);
        if (shown == null) {
            leases.remove(browser);
            return answer;
        }
        leases.put(browser, new Lease(shown, clock.instant()));
        Question question = sweep.question(shown.pair().question());
        answer.put("ticket", shown.ticket(seed));
        ArrayNode turns = answer.putArray("prompt");
        question.turns()
                .forEach(turn -> turns.addObject().put("role", turn.role()).put("text", turn.text()));
        return answer.put("left", shown.leftText())
                .put("right", shown.rightText())
                .put("reference", question.reference());
    }

    /**
     * Takes a vote.
     *
     * @throws Refused if the ticket is not known here, or the rater has judged the pair
     */
    synchronized void vote(Browser browser, String ticket, Vote.Choice choice, double seconds) throws Refused {
        RatedPair.Sides shown = tickets.get(ticket);
        if (shown == null) {
            throw new Refused("this pair is not of this sweep as it is now");
        }
        if (doneBy(browser.rater()).contains(shown.pair().key())) {
            leases.remove(browser);
            throw new Refused("this pair was judged under this name before");
        }
        append(new Vote(
                clock.instant(),
                browser.rater(),
                browser.session(),
                shown.pair().question(),
                shown.left().trial().name(),
                shown.right().trial().name(),
                shown.left().step(),
                shown.right().step(),
                choice,
                seconds));
        leases.remove(browser);
    }

    /**
     * Takes this browser's last vote back; the pair is shown again with the same sides.
     *
     * @throws Refused if there is none
     */
    synchronized void undo(Browser browser) throws Refused {
        Vote last = lastOf(browser);
        if (last == null) {
            throw new Refused("this browser has given no vote that stands");
        }
        append(new Vote(
                clock.instant(),
                last.rater(),
                last.session(),
                last.prompt(),
                last.left(),
                last.right(),
                last.leftStep(),
                last.rightStep(),
                Vote.Choice.UNDO,
                0));
        leases.remove(browser);
        for (RatedPair pair : sweep.pairs()) {
            if (pair.key().equals(last.pair())) {
                boolean swapped = !pair.one().trial().name().equals(last.left());
                leases.put(browser, new Lease(pair.sides(swapped), clock.instant()));
            }
        }
    }

    /** What the votes say so far, with rates and names. */
    synchronized ObjectNode result() {
        return result(sweep, standing);
    }

    /** What votes of a sweep say, as one JSON object. */
    public static ObjectNode result(RatedSweep sweep, List<Vote> standing) {
        ObjectNode result = PeopleScores.of(sweep.trials(), standing).toJson();
        result.put("pairs", sweep.size()).put("identical", sweep.identical());
        ArrayNode out = result.putArray("left_out");
        sweep.leftOut().forEach(out::add);
        return result;
    }

    @Override
    public synchronized void close() {
        log.close();
    }

    private void append(Vote vote) {
        log.append(vote);
        standing = Votes.standing(log.lines());
    }

    private Set<Vote.Pair> doneBy(String rater) {
        Set<Vote.Pair> done = new HashSet<>();
        for (Vote vote : standing) {
            if (vote.rater().equals(rater)) {
                done.add(vote.pair());
            }
        }
        return done;
    }

    private @Nullable Vote lastOf(Browser browser) {
        for (int i = standing.size() - 1; i >= 0; i--) {
            Vote vote = standing.get(i);
            if (vote.rater().equals(browser.rater()) && vote.session().equals(browser.session())) {
                return vote;
            }
        }
        return null;
    }

    private RatedPair.@Nullable Sides choose(Browser browser, Set<Vote.Pair> done) {
        Instant stale = clock.instant().minus(LEASE);
        leases.values().removeIf(lease -> lease.since().isBefore(stale));
        Lease own = leases.get(browser);
        if (own != null && !done.contains(own.shown().pair().key())) {
            return own.shown();
        }
        Set<Vote.Pair> elsewhere = new HashSet<>();
        leases.forEach((other, lease) -> {
            if (other.rater().equals(browser.rater()) && !other.equals(browser)) {
                elsewhere.add(lease.shown().pair().key());
            }
        });
        List<RatedPair> open = new ArrayList<>();
        for (RatedPair pair : sweep.pairs()) {
            if (!done.contains(pair.key()) && !elsewhere.contains(pair.key())) {
                open.add(pair);
            }
        }
        if (open.isEmpty()) {
            // the other browser may be gone; if it is not, the second of two votes is refused
            sweep.pairs().stream().filter(pair -> !done.contains(pair.key())).forEach(open::add);
        }
        RatedPair best = new Usefulness(browser.rater()).best(open);
        return best == null ? null : best.sides(swapped(best, browser.rater()));
    }

    /** Puts the value on the left that was there less often with this rater; a seeded coin where both were equally. */
    private boolean swapped(RatedPair pair, String rater) {
        int more = 0;
        for (Vote vote : standing) {
            if (vote.rater().equals(rater)) {
                more += isValue(vote.left(), pair.one()) && isValue(vote.right(), pair.other()) ? 1 : 0;
                more -= isValue(vote.left(), pair.other()) && isValue(vote.right(), pair.one()) ? 1 : 0;
            }
        }
        return more != 0 ? more > 0 : Integer.parseInt(order(pair, rater).substring(0, 1), 16) % 2 == 1;
    }

    private boolean isValue(String trial, RatedSweep.Trial wanted) {
        return contender(trial) == contender(wanted.trial().name());
    }

    private int contender(String trial) {
        return contenders.getOrDefault(trial, -1);
    }

    private String order(RatedPair pair, String more) {
        return Question.hash(
                16,
                Long.toString(seed),
                pair.question(),
                pair.one().trial().name(),
                pair.other().trial().name(),
                more);
    }

    /** How much one more vote on each pair would say, for one rater, as things stand. */
    private final class Usefulness {
        private final int[][] votes = new int[values][values];
        private final Map<String, Integer> asked = new HashMap<>();
        private final BradleyTerry fit;

        Usefulness(String rater) {
            List<BradleyTerry.Game> games = new ArrayList<>();
            for (Vote vote : standing) {
                int left = contender(vote.left());
                int right = contender(vote.right());
                if (vote.rater().equals(rater)) {
                    asked.merge(vote.prompt(), 1, Integer::sum);
                }
                if (vote.isJudged() && left >= 0 && right >= 0 && left != right) {
                    votes[left][right]++;
                    votes[right][left]++;
                    games.add(new BradleyTerry.Game(left, right, vote.leftWon(), vote.prompt()));
                }
            }
            fit = BradleyTerry.fit(values, games);
        }

        @Nullable
        RatedPair best(List<RatedPair> pairs) {
            RatedPair best = null;
            for (RatedPair pair : pairs) {
                if (best == null || isBefore(pair, best)) {
                    best = pair;
                }
            }
            return best;
        }

        private boolean isBefore(RatedPair one, RatedPair other) {
            int byGain = Double.compare(gain(other), gain(one));
            int byAsked =
                    Integer.compare(asked.getOrDefault(one.question(), 0), asked.getOrDefault(other.question(), 0));
            return byGain != 0
                    ? byGain < 0
                    : byAsked != 0 ? byAsked < 0 : order(one, "").compareTo(order(other, "")) < 0;
        }

        private double gain(RatedPair pair) {
            int one = contender(pair.one().trial().name());
            int other = contender(pair.other().trial().name());
            double p = fit.probability(Math.min(one, other), Math.max(one, other));
            return p * (1 - p) / (votes[one][other] + 1);
        }
    }
}
