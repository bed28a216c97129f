package dev.stride.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The part of a run's curve that a request asks for, with no more rows than a screen needs. The part is divided into as
 * many equal stretches of x as points are wanted, branch by branch; of each stretch these rows are kept: the first, the
 * last, the lowest loss, the highest loss (the first one that is not finite goes before it) and the highest gradient norm.
 * So no spike is lost, and a part with no more than twice as many rows as points is given whole. Only then are the numbers
 * given with all their digits, else in single precision.
 */
final class Series {
    private final RunRows rows;
    private final StepColumns steps;
    private final SeriesRequest asked;

    Series(RunRows rows, SeriesRequest asked) {
        this.rows = rows;
        this.steps = rows.steps();
        this.asked = asked;
    }

    /** The rows of a branch within the part. */
    private record Part(int branch, int from, int to) {
        int size() {
            return to - from;
        }
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        List<Part> parts = parts();
        long numRows = parts.stream().mapToLong(Part::size).sum();
        boolean exact = numRows <= 2L * asked.points();
        json.put("x", asked.x().word()).put("exact", exact);
        ends(json);
        ArrayNode branches = json.putArray("branches");
        for (Part part : parts) {
            int[] chosen = exact ? all(part) : chosen(part, buckets(part, parts, numRows));
            branches.add(branch(part, chosen, exact));
        }
        ArrayNode evals = json.putArray("evals");
        for (LiveEval eval : evals()) {
            evals.add(eval(rows, eval).put("x", x(eval)));
        }
        return json;
    }

    /** The evaluations within the part; of more than two a point, the best and the last of each few. */
    private List<LiveEval> evals() {
        List<LiveEval> within = rows.evals().stream()
                .filter(eval -> x(eval) >= asked.from() && x(eval) <= asked.to())
                .toList();
        if (within.size() <= 2 * asked.points()) {
            return within;
        }
        int few = (within.size() + asked.points() - 1) / asked.points();
        List<LiveEval> chosen = new ArrayList<>();
        for (int from = 0; from < within.size(); from += few) {
            int last = Math.min(within.size(), from + few) - 1;
            int best = last;
            for (int i = from; i < last; i++) {
                best = within.get(i).loss() < within.get(best).loss() ? i : best;
            }
            if (best != last) {
                chosen.add(within.get(best));
            }
            chosen.add(within.get(last));
        }
        return chosen;
    }

    /** An evaluation, without its place on an axis. */
    static ObjectNode eval(RunRows rows, LiveEval eval) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("branch", rows.branches().get(eval.branch()).name())
                .put("step", eval.step())
                .put("tokens", eval.tokens())
                .put("seconds", eval.seconds());
        PlainNumbers.putAll(json.putObject("values"), eval.values());
        return json;
    }

    private void ends(ObjectNode json) {
        double first = Double.NaN;
        double last = Double.NaN;
        for (int branch = 0; branch < rows.branches().size(); branch++) {
            int from = rows.branches().get(branch).firstRow();
            int to = rows.endRow(branch);
            if (from < to) {
                first = Double.isNaN(first) ? x(from) : Math.min(first, x(from));
                last = Double.isNaN(last) ? x(to - 1) : Math.max(last, x(to - 1));
            }
        }
        if (!Double.isNaN(first)) {
            json.put("first", first).put("last", last);
        }
    }

    /** Every branch, also those of which no row lies within the part. */
    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (int branch = 0; branch < rows.branches().size(); branch++) {
            int first = rows.branches().get(branch).firstRow();
            int end = rows.endRow(branch);
            int from = firstFrom(first, end, asked.from(), false);
            int to = firstFrom(from, end, asked.to(), true);
            parts.add(new Part(branch, from, to));
        }
        return parts;
    }

    /** The first row between two whose x is at least a value, or above it. */
    private int firstFrom(int from, int to, double value, boolean above) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            double x = x(middle);
            if (above ? x > value : x >= value) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private int buckets(Part part, List<Part> parts, long numRows) {
        long filled = parts.stream().filter(one -> one.size() > 0).count();
        return 1 + (int) (Math.max(0, asked.points() - filled) * part.size() / numRows);
    }

    private static int[] all(Part part) {
        int[] all = new int[part.size()];
        Arrays.setAll(all, i -> part.from() + i);
        return all;
    }

    private int[] chosen(Part part, int buckets) {
        if (part.size() == 0) {
            return new int[0];
        }
        int[] chosen = new int[5 * buckets];
        int size = 0;
        double first = x(part.from());
        double width = (x(part.to() - 1) - first) / buckets;
        int row = part.from();
        for (int bucket = 0; bucket < buckets && row < part.to(); bucket++) {
            int end =
                    bucket == buckets - 1 ? part.to() : firstFrom(row, part.to(), first + width * (bucket + 1), false);
            if (end > row) {
                size = choose(row, end, chosen, size);
                row = end;
            }
        }
        return Arrays.copyOf(chosen, size);
    }

    private int choose(int from, int to, int[] chosen, int size) {
        int lowest = from;
        int highest = from;
        int steepest = from;
        for (int row = from + 1; row < to; row++) {
            double loss = steps.loss(row);
            if (isHigher(loss, steps.loss(highest))) {
                highest = row;
            }
            if (loss < steps.loss(lowest) || (Double.isNaN(steps.loss(lowest)) && !Double.isNaN(loss))) {
                lowest = row;
            }
            if (isHigher(steps.gradNorm(row), steps.gradNorm(steepest))) {
                steepest = row;
            }
        }
        int[] five = {from, lowest, highest, steepest, to - 1};
        Arrays.sort(five);
        int count = size;
        for (int row : five) {
            if (count == size || chosen[count - 1] != row) {
                chosen[count++] = row;
            }
        }
        return count;
    }

    /** What is not finite stands above every number, and the first one counts. */
    private static boolean isHigher(double value, double than) {
        return Double.isFinite(than) && (!Double.isFinite(value) || value > than);
    }

    private ObjectNode branch(Part part, int[] chosen, boolean exact) {
        LiveBranch branch = rows.branches().get(part.branch());
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("name", branch.name()).put("parent", branch.parent());
        ArrayNode x = json.putArray("x");
        ArrayNode step = json.putArray("step");
        ArrayNode loss = json.putArray("loss");
        ArrayNode smoothed = json.putArray("smoothed");
        ArrayNode gradNorm = json.putArray("grad_norm");
        ArrayNode speed = json.putArray("tokens_per_second");
        ObjectNode lr = json.putObject("lr");
        List<ArrayNode> rates = steps.groups().stream().map(lr::putArray).toList();
        double[] averages = averages(branch.firstRow(), chosen);
        for (int i = 0; i < chosen.length; i++) {
            int row = chosen[i];
            addX(x, row);
            step.add(steps.step(row));
            add(loss, steps.loss(row), exact);
            add(smoothed, averages[i], exact);
            add(gradNorm, steps.gradNorm(row), exact);
            PlainNumbers.add(speed, steps.tokensPerSecond(row));
            for (int group = 0; group < rates.size(); group++) {
                add(rates.get(group), steps.rate(row, group), exact);
            }
        }
        return json;
    }

    /** A number with all its digits, or with as many as can be drawn. */
    private static void add(ArrayNode list, double value, boolean exact) {
        float single = (float) value;
        boolean fits = Float.isFinite(single) == Double.isFinite(value) && (single != 0 || value == 0);
        if (exact || !fits) {
            PlainNumbers.add(list, value);
        } else {
            PlainNumbers.add(list, single);
        }
    }

    /** The moving averages at some rows, over all rows of the branch from its first one on. */
    private double[] averages(int firstRow, int[] chosen) {
        double[] averages = new double[chosen.length];
        double keep = asked.smooth();
        double sum = 0;
        double weight = 0;
        int row = firstRow;
        for (int i = 0; i < chosen.length; i++) {
            if (keep == 0) {
                averages[i] = steps.loss(chosen[i]);
                continue;
            }
            for (; row <= chosen[i]; row++) {
                double loss = steps.loss(row);
                if (Double.isFinite(loss)) {
                    sum = keep * sum + (1 - keep) * loss;
                    weight = keep * weight + (1 - keep);
                }
            }
            averages[i] = weight == 0 ? Double.NaN : sum / weight;
        }
        return averages;
    }

    private double x(int row) {
        return switch (asked.x()) {
            case STEP -> steps.step(row);
            case TOKENS -> steps.tokens(row);
            case SECONDS -> steps.seconds(row);
        };
    }

    private double x(LiveEval eval) {
        return switch (asked.x()) {
            case STEP -> eval.step();
            case TOKENS -> eval.tokens();
            case SECONDS -> eval.seconds();
        };
    }

    private void addX(ArrayNode list, int row) {
        switch (asked.x()) {
            case STEP -> list.add(steps.step(row));
            case TOKENS -> list.add(steps.tokens(row));
            case SECONDS -> list.add(steps.seconds(row));
        }
    }
}
