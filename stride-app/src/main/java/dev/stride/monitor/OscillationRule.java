package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Oscillation: after the first third of its evaluations the validation loss rises by 10 % or more at least twice, and
 * falls by as much at least twice. The validation rows are the same each time, so chance in the batches does not show
 * in them directly.
 */
final class OscillationRule implements Rule {
    static final double SWING = 0.10;
    static final int FEWEST_SWINGS = 2;
    private static final int FEWEST_EVALUATIONS = 6;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        List<Curve.Evaluation> evaluations = shape.evaluations();
        if (evaluations.size() < FEWEST_EVALUATIONS) {
            return null;
        }
        int first = evaluations.size() / 3;
        int rises = 0;
        int falls = 0;
        double largest = 0;
        int top = first;
        for (int i = first + 1; i < evaluations.size(); i++) {
            double ratio = evaluations.get(i).loss() / evaluations.get(i - 1).loss();
            rises += ratio >= 1 + SWING ? 1 : 0;
            falls += ratio <= 1 / (1 + SWING) ? 1 : 0;
            if (ratio > 1 + largest) {
                largest = ratio - 1;
                top = i;
            }
        }
        if (rises < FEWEST_SWINGS || falls < FEWEST_SWINGS) {
            return null;
        }
        String half = CurveShape.number(shape.peak() / 2);
        Curve.Evaluation high = evaluations.get(top);
        Curve.Evaluation low = evaluations.get(top - 1);
        return new Finding(
                Finding.Kind.OSCILLATION,
                Rule.grade(rises + 4 * largest, FEWEST_SWINGS, 6, 0.6, 0.95),
                new Sentence(
                        "from step " + evaluations.get(first).step() + " on the validation loss rose " + rises
                                + " times and fell " + falls + " times by 10 % or more, once from "
                                + CurveShape.number(low.loss()) + " at step " + low.step() + " to "
                                + CurveShape.number(high.loss()) + " at step " + high.step() + ".",
                        "自第 " + evaluations.get(first).step() + " 步起，验证损失有 " + rises + " 次上升、" + falls
                                + " 次下降达到 10 % 以上，其中一次从第 " + low.step() + " 步的 " + CurveShape.number(low.loss())
                                + " 升到第 " + high.step() + " 步的 " + CurveShape.number(high.loss()) + "。"),
                new Sentence(
                        "halve the peak to " + half + " and resume from step " + shape.bestStep() + ".",
                        "把峰值学习率减半到 " + half + "，从第 " + shape.bestStep() + " 步继续。"),
                evaluations.get(first).step(),
                evaluations.get(evaluations.size() - 1).step());
    }
}
