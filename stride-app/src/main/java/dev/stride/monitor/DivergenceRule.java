package dev.stride.monitor;

import org.jspecify.annotations.Nullable;

/**
 * Divergence: two losses or norms that are not finite; a running median of the loss that is at 1.5 times the loss before
 * training for five updates; or one that ends at 1.8 times the lowest that it had reached, and by a quarter of the loss
 * before training above it.
 */
final class DivergenceRule implements Rule {
    static final double ABOVE_START = 1.5;
    static final double ABOVE_LOWEST = 1.8;
    static final double ABOVE_LOWEST_OF_START = 0.25;
    static final int FEWEST = 5;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        int highest = 0;
        int lowest = 0;
        int lowestBeforeHighest = 0;
        for (int i = 1; i < shape.size(); i++) {
            if (shape.level(i) < shape.level(lowest)) {
                lowest = i;
            }
            if (shape.level(i) > shape.level(highest)) {
                highest = i;
                lowestBeforeHighest = lowest;
            }
        }
        double start = shape.start();
        double ratio = shape.level(highest) / start;
        if (shape.numNotFinite() >= 2) {
            long last = Math.max(shape.lastStep(), lastSkip(shape));
            double rate = shape.rate(shape.size() - 1);
            return finding(
                    shape,
                    0.97,
                    new Sentence(
                            shape.numNotFinite() + " losses or gradient norms up to step " + last
                                    + " were not finite, at a rate of " + CurveShape.number(rate) + ".",
                            "到第 " + last + " 步，有 " + shape.numNotFinite() + " 个损失或梯度范数不是有限数，当时学习率为 "
                                    + CurveShape.number(rate) + "。"),
                    shape.size() - 1,
                    last);
        }
        if (ratio >= ABOVE_START && numAbove(shape, ABOVE_START * start) >= FEWEST) {
            return finding(
                    shape,
                    Rule.grade(ratio, ABOVE_START, 2.5, 0.7, 0.95),
                    rise(shape, start, 1, highest),
                    lowestBeforeHighest,
                    shape.step(highest));
        }
        double end = shape.end();
        if (end >= ABOVE_LOWEST * shape.level(lowest)
                && end - shape.level(lowest) >= ABOVE_LOWEST_OF_START * start
                && lowest < shape.size() - Math.max(5, shape.size() / 10)) {
            return finding(
                    shape,
                    Rule.grade(end / shape.level(lowest), ABOVE_LOWEST, 3, 0.65, 0.9),
                    rise(shape, shape.level(lowest), shape.step(lowest), shape.size() - 1),
                    lowest,
                    shape.lastStep());
        }
        return null;
    }

    private static int numAbove(CurveShape shape, double limit) {
        int above = 0;
        for (int i = 0; i < shape.size(); i++) {
            above += shape.level(i) >= limit ? 1 : 0;
        }
        return above;
    }

    private static Sentence rise(CurveShape shape, double from, long fromStep, int to) {
        String low = CurveShape.number(from);
        String high = CurveShape.number(shape.level(to));
        String rate = CurveShape.number(shape.rate(to));
        return new Sentence(
                "the training loss rose from " + low + " at step " + fromStep + " to " + high + " at step "
                        + shape.step(to) + ", where the rate was " + rate + ".",
                "训练损失从第 " + fromStep + " 步的 " + low + " 升到第 " + shape.step(to) + " 步的 " + high + "，当时学习率为 " + rate
                        + "。");
    }

    private static long lastSkip(CurveShape shape) {
        return shape.curve().skips().stream().mapToLong(Curve.Skip::step).max().orElse(0);
    }

    /** A tenth of the peak, or half of the rate at which the loss turned where that is lower still. */
    private static Finding finding(CurveShape shape, double confidence, Sentence evidence, int turn, long last) {
        double turned = shape.rate(turn) > 0 ? shape.rate(turn) / 2 : Double.MAX_VALUE;
        String peak = CurveShape.number(Math.min(shape.peak() / 10, turned));
        String old = CurveShape.number(shape.peak());
        return new Finding(
                Finding.Kind.DIVERGED,
                confidence,
                evidence,
                new Sentence(
                        "lower the peak from " + old + " to " + peak + " and train again from step 0.",
                        "把峰值学习率从 " + old + " 降到 " + peak + "，从第 0 步重新训练。"),
                shape.step(turn),
                Math.max(last, shape.step(turn)));
    }
}
