package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Overfitting: the validation loss ends at least 5 % above its lowest, the evaluations after the lowest stay above it,
 * and the training loss ends below two thirds of the validation loss.
 */
final class OverfitRule implements Rule {
    static final double RISE = 1.05;
    static final double GAP = 1.5;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        List<Curve.Evaluation> evaluations = shape.evaluations();
        int best = shape.best();
        if (evaluations.size() < 3 || best == evaluations.size() - 1) {
            return null;
        }
        Curve.Evaluation lowest = evaluations.get(best);
        Curve.Evaluation last = evaluations.get(evaluations.size() - 1);
        double after = CurveShape.median(evaluations.stream()
                .skip(best + 1L)
                .mapToDouble(Curve.Evaluation::loss)
                .toArray());
        double rise = last.loss() / lowest.loss();
        double gap = last.loss() / shape.end();
        if (rise < RISE || after < 0.5 * (1 + RISE) * lowest.loss() || gap < GAP) {
            return null;
        }
        String low = CurveShape.number(lowest.loss());
        String high = CurveShape.number(last.loss());
        String train = CurveShape.number(shape.end());
        return new Finding(
                Finding.Kind.OVERFIT,
                Rule.grade(rise, RISE, 1.3, 0.6, 0.95),
                new Sentence(
                        "the validation loss was lowest at step " + lowest.step() + " (" + low + ") and ended at "
                                + high + " at step " + last.step() + ", while the training loss fell to " + train + ".",
                        "验证损失在第 " + lowest.step() + " 步最低（" + low + "），到第 " + last.step() + " 步升至 " + high + "，而训练损失降到 "
                                + train + "。"),
                new Sentence(
                        "use the checkpoint of step " + lowest.step() + " and plan " + lowest.step()
                                + " updates for these rows.",
                        "使用第 " + lowest.step() + " 步的检查点；这批数据计划 " + lowest.step() + " 次更新即可。"),
                lowest.step(),
                last.step());
    }
}
