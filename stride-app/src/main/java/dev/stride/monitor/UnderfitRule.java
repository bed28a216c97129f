package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rate that is too low: the loss fell by less than 3 %, or in the second half of the sum of rates by at least half as
 * much as in the first, while the median training loss of the first third of it is still at three quarters of the loss
 * before training. At a rate that is high enough the fall slows down, since little is left to learn.
 *
 * <p>The validation loss is used where there are four evaluations, else the training loss.
 */
final class UnderfitRule implements Rule {
    static final double NO_FALL = 0.03;
    static final double STEADY = 0.5;
    static final double MUCH = 0.65;
    static final double LITTLE = 0.75;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        double start = shape.start();
        double middle = shape.lossBetween(0.4, 0.6);
        double end = shape.end();
        List<Curve.Evaluation> evaluations = shape.evaluations();
        boolean validated = evaluations.size() >= 4;
        if (validated) {
            start = evaluations.get(0).loss();
            end = evaluations.get(evaluations.size() - 1).loss();
            middle = between(shape, evaluations);
        }
        double fall = 1 - end / start;
        double first = start - middle;
        double second = middle - end;
        boolean slow = shape.lossBetween(0, 1.0 / 3) >= LITTLE * shape.start();
        boolean none = slow && Math.abs(fall) < NO_FALL;
        boolean steady = slow && fall >= NO_FALL && fall < MUCH && second >= STEADY * first;
        if (!none && !steady) {
            return null;
        }
        int factor = fall < 0.15 ? 10 : 3;
        String old = CurveShape.number(shape.peak());
        String peak = CurveShape.number(factor * shape.peak());
        String which = validated ? "validation" : "training";
        String whichChinese = validated ? "验证" : "训练";
        String from = CurveShape.number(start);
        String to = CurveShape.number(end);
        String halves = none
                ? ""
                : ", in the second half of the sum of rates " + CurveShape.number(second / first)
                        + " times as much as in the first";
        String halvesChinese = none ? "" : "，按学习率累积量计，后一半的降幅是前一半的 " + CurveShape.number(second / first) + " 倍";
        return new Finding(
                Finding.Kind.UNDERFIT,
                none ? 0.85 : Rule.grade(second / first, STEADY, 0.9, 0.6, 0.9),
                new Sentence(
                        "the " + which + " loss fell by " + CurveShape.percent(fall) + " only, from " + from + " to "
                                + to + " up to step " + shape.lastStep() + halves + ".",
                        "到第 " + shape.lastStep() + " 步，" + whichChinese + "损失只下降了 " + CurveShape.percent(fall) + "（"
                                + from + " 到 " + to + "）" + halvesChinese + "。"),
                new Sentence(
                        "raise the peak from " + old + " to " + peak + ", " + factor
                                + " times as high, and train again from step 0.",
                        "把峰值学习率从 " + old + " 提高到 " + peak + "（" + factor + " 倍），从第 0 步重新训练。"),
                shape.step(0),
                shape.lastStep());
    }

    /** The validation loss in the middle between the first evaluation and the last, by the sum of rates. */
    private static double between(CurveShape shape, List<Curve.Evaluation> evaluations) {
        double from = shape.progressAt(evaluations.get(0).step());
        double to = shape.progressAt(evaluations.get(evaluations.size() - 1).step());
        double half = (from + to) / 2;
        for (int i = 1; i < evaluations.size(); i++) {
            double here = shape.progressAt(evaluations.get(i).step());
            double before = shape.progressAt(evaluations.get(i - 1).step());
            if (here >= half && here > before) {
                double share = (half - before) / (here - before);
                return evaluations.get(i - 1).loss() * (1 - share)
                        + evaluations.get(i).loss() * share;
            }
        }
        return evaluations.get(evaluations.size() - 1).loss();
    }
}
