package dev.stride.search;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import dev.stride.experiment.JsonFields;
import dev.stride.search.BradleyTerry.Interval;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What people's votes say about the values that a sweep varies. Trials of one value and several seeds are one contender.
 *
 * @param standings one a value, ascending by rate and else in the sweep's order
 * @param votes judgements that count; each of a rater about a pair
 * @param bothBad how many of them said that both are bad
 * @param left how many chose the left one; far from {@code right} it would show a habit, since sides are balanced
 * @param right how many chose the right one
 * @param skipped pairs that a rater would not judge
 * @param unknown votes about trials that are not among those given, or about two of the same value; they do not count
 * @param raters judgements by rater, in the order of their names
 * @param agreement between raters
 */
public record PeopleScores(
        List<Standing> standings,
        int votes,
        int bothBad,
        int left,
        int right,
        int skipped,
        int unknown,
        Map<String, Integer> raters,
        Agreement agreement) {
    /**
     * One value.
     *
     * @param value as people write it, {@code 3e-4}
     * @param score natural log odds against one of mean strength, with its 95 % interval
     * @param share of comparisons with the other values that it is expected to win, 0 to 1, with its 95 % interval
     * @param won how many it won
     * @param tied ties, those where both are bad included
     * @param bothBad ties where both are bad
     * @param lost how many it lost
     */
    public record Standing(String value, Interval score, Interval share, int won, int tied, int bothBad, int lost) {
        /** How many votes it took part in. */
        public int votes() {
            return won + tied + lost;
        }
    }

    /**
     * How often two raters say the same about the same pair: one is better, the other is better, or neither.
     *
     * @param compared two raters on one pair
     * @param same how many of those said the same
     */
    public record Agreement(int compared, int same) {
        /** From 0 to 1; NaN where no pair was judged twice. */
        public double share() {
            return compared == 0 ? Double.NaN : (double) same / compared;
        }
    }

    public PeopleScores {
        standings = List.copyOf(standings);
        raters = SweepFields.copy(raters);
    }

    /** Counts of one contender while votes are read. */
    private static final class Count {
        private int won;
        private int tied;
        private int bothBad;
        private int lost;

        private void add(double share, boolean bad) {
            won += share == 1 ? 1 : 0;
            lost += share == 0 ? 1 : 0;
            tied += share == 0.5 ? 1 : 0;
            bothBad += bad ? 1 : 0;
        }
    }

    /**
     * The scores.
     *
     * @param trials those that may be compared, of at least two values
     * @param votes those that stand, in any order
     */
    public static PeopleScores of(List<SweepTrial> trials, List<Vote> votes) {
        List<String> values = values(trials);
        Map<String, Integer> contender = new HashMap<>();
        trials.forEach(trial -> contender.put(trial.name(), values.indexOf(trial.value())));
        List<Count> counts = values.stream().map(value -> new Count()).toList();
        List<BradleyTerry.Game> games = new ArrayList<>();
        List<Vote> counted = new ArrayList<>();
        int skipped = 0;
        int unknown = 0;
        for (Vote vote : votes) {
            Integer left = contender.get(vote.left());
            Integer right = contender.get(vote.right());
            if (left == null || right == null || left.equals(right)) {
                unknown++;
            } else if (!vote.isJudged()) {
                skipped += vote.choice() == Vote.Choice.SKIP ? 1 : 0;
            } else {
                boolean bad = vote.choice() == Vote.Choice.BAD;
                counts.get(left).add(vote.leftWon(), bad);
                counts.get(right).add(1 - vote.leftWon(), bad);
                games.add(new BradleyTerry.Game(left, right, vote.leftWon(), vote.prompt()));
                counted.add(vote);
            }
        }
        BradleyTerry fit = BradleyTerry.fit(values.size(), games);
        List<Standing> standings = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Count count = counts.get(i);
            standings.add(new Standing(
                    values.get(i), fit.score(i), fit.share(i), count.won, count.tied, count.bothBad, count.lost));
        }
        Map<String, Integer> raters = new TreeMap<>();
        counted.forEach(vote -> raters.merge(vote.rater(), 1, Integer::sum));
        return new PeopleScores(
                standings,
                counted.size(),
                count(counted, Vote.Choice.BAD),
                count(counted, Vote.Choice.LEFT),
                count(counted, Vote.Choice.RIGHT),
                skipped,
                unknown,
                raters,
                agreement(counted));
    }

    /**
     * What the votes in a sweep's folder say about those of its trials that people may be asked about; empty where nobody
     * judged anything, or fewer than two values are left.
     *
     * @throws UserException with the first bad lines of the votes as file:line
     */
    public static Optional<PeopleScores> read(Path sweepFolder, List<SweepTrial> trials) {
        List<SweepTrial> rated = trials.stream().filter(SweepTrial::mayBeRated).toList();
        return values(rated).size() < 2
                ? Optional.empty()
                : Optional.of(of(rated, Votes.read(sweepFolder))).filter(scores -> scores.votes > 0);
    }

    /** The values of trials, each once: ascending by rate, of equal rates in the order given. */
    public static List<String> values(List<SweepTrial> trials) {
        return trials.stream()
                .sorted(Comparator.comparingDouble(SweepTrial::lr))
                .map(SweepTrial::value)
                .distinct()
                .toList();
    }

    /**
     * What people give to a value, from 0 to 1: the share of comparisons with the others that it is expected to win, with its
     * 95 % interval; empty where nobody judged it.
     */
    public Optional<Interval> share(String value) {
        return standings.stream()
                .filter(standing -> standing.value().equals(value) && standing.votes() > 0)
                .map(Standing::share)
                .findFirst();
    }

    private static int count(List<Vote> votes, Vote.Choice choice) {
        return (int) votes.stream().filter(vote -> vote.choice() == choice).count();
    }

    private static Agreement agreement(List<Vote> votes) {
        Map<Vote.Pair, Map<String, Double>> byPair = new LinkedHashMap<>();
        for (Vote vote : votes) {
            double firstWon = vote.pair().one().equals(vote.left()) ? vote.leftWon() : 1 - vote.leftWon();
            byPair.computeIfAbsent(vote.pair(), pair -> new TreeMap<>()).put(vote.rater(), firstWon);
        }
        int compared = 0;
        int same = 0;
        for (Map<String, Double> said : byPair.values()) {
            List<Double> words = List.copyOf(said.values());
            for (int i = 0; i < words.size(); i++) {
                for (int j = i + 1; j < words.size(); j++) {
                    compared++;
                    same += words.get(i).equals(words.get(j)) ? 1 : 0;
                }
            }
        }
        return new Agreement(compared, same);
    }

    /** The scores as one JSON object. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode list = json.putArray("scores");
        for (Standing standing : standings) {
            ObjectNode node = list.addObject().put("value", standing.value());
            put(node, "score", standing.score());
            put(node, "share", standing.share());
            node.put("votes", standing.votes())
                    .put("won", standing.won())
                    .put("tied", standing.tied())
                    .put("both_bad", standing.bothBad())
                    .put("lost", standing.lost());
        }
        json.put("votes", votes)
                .put("both_bad", bothBad)
                .put("left", left)
                .put("right", right)
                .put("skipped", skipped)
                .put("unknown", unknown);
        ObjectNode people = json.putObject("raters");
        raters.forEach(people::put);
        ObjectNode both = json.putObject("agreement")
                .put("compared", agreement.compared())
                .put("same", agreement.same());
        if (agreement.compared() > 0) {
            both.put("share", agreement.share());
        }
        return json;
    }

    private static void put(ObjectNode node, String key, Interval interval) {
        JsonFields.put(node, key, interval.value());
        JsonFields.put(node, key + "_low", interval.low());
        JsonFields.put(node, key + "_high", interval.high());
    }
}
