package dev.stride.monitor;

import org.jspecify.annotations.Nullable;

/** Health: the loss fell by 30 % at least, and the last evaluation is within 5 % of the best. */
final class HealthRule implements Rule {
    static final double FELL = 0.3;
    static final double NEAR_BEST = 1.05;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        int best = shape.best();
        int last = shape.evaluations().size() - 1;
        if (shape.fall() < FELL
                || (last >= 0
                        && shape.evaluations().get(last).loss()
                                > NEAR_BEST * shape.evaluations().get(best).loss())) {
            return null;
        }
        String from = CurveShape.number(shape.start());
        String to = CurveShape.number(shape.end());
        String validation = best < 0
                ? ""
                : ", and the validation loss is at "
                        + CurveShape.number(shape.evaluations().get(last).loss());
        String validationChinese = best < 0
                ? ""
                : "，验证损失为 " + CurveShape.number(shape.evaluations().get(last).loss());
        return new Finding(
                Finding.Kind.HEALTHY,
                Rule.grade(shape.fall(), FELL, 0.7, best < 0 ? 0.55 : 0.65, best < 0 ? 0.75 : 0.9),
                new Sentence(
                        "the training loss fell from " + from + " to " + to + " in " + shape.lastStep() + " steps"
                                + validation + ".",
                        "训练损失在 " + shape.lastStep() + " 步内从 " + from + " 降到 " + to + validationChinese + "。"),
                action(shape),
                shape.step(0),
                shape.lastStep());
    }

    private static Sentence action(CurveShape shape) {
        String peak = CurveShape.number(shape.peak());
        boolean evaluated = shape.best() >= 0;
        String best = shape.bestStep() + (evaluated ? ", where the validation loss was lowest" : "");
        String bestChinese = shape.bestStep() + " 步" + (evaluated ? "（验证损失最低处）" : "");
        return shape.curve().finished()
                ? new Sentence(
                        "keep the peak of " + peak + " and use the state of step " + best + ".",
                        "保持峰值学习率 " + peak + "，使用第 " + bestChinese + "的状态。")
                : new Sentence(
                        "go on with the peak of " + peak + "; the best state until now is that of step " + best + ".",
                        "继续使用峰值学习率 " + peak + "；目前最佳状态在第 " + bestChinese + "。");
    }
}
