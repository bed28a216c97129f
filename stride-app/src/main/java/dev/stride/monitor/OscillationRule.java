package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Oscillation: after the first third of its evaluations the validation loss turns and rises by 10 % or more at least
 * twice, once by 20 %. The validation rows are the same each time, so chance in the batches does not show in them
 * directly.
 */
final class OscillationRule implements Rule {
    static final double SWING = 0.10;
    static final double LARGEST = 0.20;
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
        double largest = 0;
        int low = first;
        int high = first;
        int lowest = first;
        int highest = first;
        boolean rising = false;
        for (int i = first + 1; i < evaluations.size(); i++) {
            double loss = evaluations.get(i).loss();
            if (rising) {
                high = loss > evaluations.get(high).loss() ? i : high;
                double swing =
                        evaluations.get(high).loss() / evaluations.get(low).loss() - 1;
                if (swing > largest) {
                    largest = swing;
                    lowest = low;
                    highest = high;
                }
                if (loss <= evaluations.get(high).loss() / (1 + SWING)) {
                    rising = false;
                    low = i;
                }
            } else {
                low = loss < evaluations.get(low).loss() ? i : low;
                if (loss >= evaluations.get(low).loss() * (1 + SWING)) {
                    rising = true;
                    rises++;
                    high = i;
                    i--; // looked at once more, now as the top of the rise
                }
            }
        }
        if (rises < FEWEST_SWINGS || largest < LARGEST) {
            return null;
        }
        String half = CurveShape.number(shape.peak() / 2);
        Curve.Evaluation top = evaluations.get(highest);
        Curve.Evaluation bottom = evaluations.get(lowest);
        return new Finding(
                Finding.Kind.OSCILLATION,
                Rule.grade(largest, SWING, 0.6, 0.55, 0.95),
                new Sentence(
                        "from step " + evaluations.get(first).step() + " on the validation loss rose " + rises
                                + " times by 10 % or more and fell again, once from "
                                + CurveShape.number(bottom.loss()) + " at step " + bottom.step() + " to "
                                + CurveShape.number(top.loss()) + " at step " + top.step() + ".",
                        "自第 " + evaluations.get(first).step() + " 步起，验证损失有 " + rises + " 次回升 10 % 以上，其中一次从第 "
                                + bottom.step() + " 步的 " + CurveShape.number(bottom.loss()) + " 升到第 " + top.step()
                                + " 步的 " + CurveShape.number(top.loss()) + "。"),
                new Sentence(
                        "halve the peak to " + half + " and resume from step " + shape.bestStep() + ".",
                        "把峰值学习率减半到 " + half + "，从第 " + shape.bestStep() + " 步继续。"),
                evaluations.get(first).step(),
                evaluations.get(evaluations.size() - 1).step());
    }
}
