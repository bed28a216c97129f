package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plateau: in the first half of the sum of rates the loss fell by a fifth at least, and the median training loss of the
 * last quarter is not below 0.86 times that of the quarter before. A loss below a fiftieth of the first counts as learned.
 *
 * <p>Quarters of the sum of rates and not of the steps: that a schedule which ends at 0 stands still at its end is no
 * plateau.
 */
final class PlateauRule implements Rule {
    static final double STILL = 0.86;
    private static final double FELL = 0.2;
    private static final double LEARNED = 0.02;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        double before = shape.lossBetween(0.5, 0.75);
        double after = shape.lossBetween(0.75, 1);
        if (1 - before / shape.start() < FELL || after < LEARNED * shape.start() || after < STILL * before) {
            return null;
        }
        List<Curve.Evaluation> evaluations = shape.evaluations();
        if (stillFalls(shape, evaluations)) {
            return null;
        }
        int from = 0;
        while (from < shape.size() - 1 && shape.progress(from) < 0.5) {
            from++;
        }
        String third = CurveShape.number(shape.peak() / 3);
        return new Finding(
                Finding.Kind.PLATEAU,
                Rule.grade(after / before, STILL, 1, 0.55, 0.9),
                new Sentence(
                        "from step " + shape.step(from) + " to " + shape.lastStep() + " the training loss went from "
                                + CurveShape.number(before) + " to " + CurveShape.number(after)
                                + " only, while half of the sum of rates was spent (peak "
                                + CurveShape.number(shape.peak()) + ").",
                        "第 " + shape.step(from) + " 步到第 " + shape.lastStep() + " 步用去了学习率累积量的一半（峰值 "
                                + CurveShape.number(shape.peak()) + "），训练损失却只从 " + CurveShape.number(before) + " 变为 "
                                + CurveShape.number(after) + "。"),
                new Sentence(
                        "lower the rate to " + third + ", a third of the peak, and resume from step " + shape.bestStep()
                                + ".",
                        "把学习率降到 " + third + "（峰值的三分之一），从第 " + shape.bestStep() + " 步继续。"),
                shape.step(from),
                shape.lastStep());
    }

    /** Whether the validation loss says otherwise: its end is well below its level at half of the sum of rates. */
    private static boolean stillFalls(CurveShape shape, List<Curve.Evaluation> evaluations) {
        if (evaluations.size() < 4) {
            return false;
        }
        for (Curve.Evaluation evaluation : evaluations) {
            if (shape.progressAt(evaluation.step()) >= 0.5) {
                return evaluations.get(evaluations.size() - 1).loss() < 0.75 * evaluation.loss();
            }
        }
        return false;
    }
}
