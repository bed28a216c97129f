package dev.stride.monitor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Data spike: a few updates whose loss stands at least 2 times and 6 deviations above that of their neighbours, and by a
 * tenth of the loss before training, while the updates after them go on where those before had been. The nearer it comes
 * to what an untrained model would lose on any row, the surer it is that the rows are to blame and not the rate.
 *
 * <p>The deviation is 1.4826 times the median distance of the neighbours' logarithms from their median, so that heavy
 * tails and a noisy low loss do not count. The first sixth of a run is left out: there a rate can do the same.
 */
final class SpikeRule implements Rule {
    static final double RATIO = 2;
    static final double DEVIATIONS = 6;
    static final double OF_START = 0.1;
    private static final int NEIGHBOURS = 8;
    private static final int LONGEST = 3;
    private static final int NAMED = 5;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        List<Integer> out = new ArrayList<>();
        for (int i = Math.max(5, shape.size() / 6); i < shape.size() - 1; i++) {
            if (standsOut(shape, i)) {
                out.add(i);
            }
        }
        if (out.isEmpty() || out.size() > Math.max(8, shape.size() / 20) || tooLong(out)) {
            return null;
        }
        int worst = out.get(0);
        for (int i : out) {
            worst = shape.loss(i) > shape.loss(worst) ? i : worst;
        }
        double around = around(shape, worst);
        String steps =
                out.stream().limit(NAMED).map(i -> Long.toString(shape.step(i))).collect(Collectors.joining(", "))
                        + (out.size() > NAMED ? ", ..." : "");
        String high = CurveShape.number(shape.loss(worst));
        String usual = CurveShape.number(around);
        return new Finding(
                Finding.Kind.SPIKE,
                Rule.grade((shape.loss(worst) - around) / shape.start(), OF_START, 1, 0.55, 0.95),
                new Sentence(
                        "the loss of " + out.size() + (out.size() == 1 ? " update" : " updates") + " stands out (step "
                                + steps + "): " + high + " at step " + shape.step(worst) + " where " + usual
                                + " is usual, with a gradient norm of " + CurveShape.number(shape.norm(worst))
                                + "; the next updates were as before.",
                        out.size() + " 次更新的损失突出（第 " + steps + " 步）：第 " + shape.step(worst) + " 步为 " + high + "，附近通常为 "
                                + usual + "，梯度范数 " + CurveShape.number(shape.norm(worst)) + "；之后的更新恢复如常。"),
                new Sentence(
                        "read the rows of step " + steps + " and take out those that are wrong; the peak of "
                                + CurveShape.number(shape.peak()) + " can stay.",
                        "检查第 " + steps + " 步所用的数据行并去掉有问题的行；峰值学习率 " + CurveShape.number(shape.peak()) + " 可以保留。"),
                shape.step(out.get(0)),
                shape.step(out.get(out.size() - 1)));
    }

    private static boolean standsOut(CurveShape shape, int i) {
        double[] logs = neighbours(shape, i);
        double middle = CurveShape.median(logs);
        double[] distances =
                Arrays.stream(logs).map(log -> Math.abs(log - middle)).toArray();
        double deviation = 1.4826 * CurveShape.median(distances);
        double above = Math.log(shape.loss(i)) - middle;
        return above >= Math.log(RATIO)
                && above >= DEVIATIONS * deviation
                && shape.loss(i) - Math.exp(middle) >= OF_START * shape.start();
    }

    private static double around(CurveShape shape, int i) {
        return Math.exp(CurveShape.median(neighbours(shape, i)));
    }

    /** Logarithms of the losses on both sides, without the update itself. */
    private static double[] neighbours(CurveShape shape, int i) {
        int from = Math.max(0, i - NEIGHBOURS);
        int to = Math.min(shape.size(), i + NEIGHBOURS + 1);
        double[] logs = new double[to - from - 1];
        int count = 0;
        for (int k = from; k < to; k++) {
            if (k != i) {
                logs[count++] = Math.log(Math.max(shape.loss(k), 1e-12));
            }
        }
        return logs;
    }

    /** A stretch of many updates is no spike. */
    private static boolean tooLong(List<Integer> out) {
        for (int i = LONGEST; i < out.size(); i++) {
            if (out.get(i) - out.get(i - LONGEST) == LONGEST) {
                return true;
            }
        }
        return false;
    }
}
