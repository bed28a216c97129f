package dev.stride.monitor;

import org.jspecify.annotations.Nullable;

/**
 * Rate lost to 16-bit rounding: weights that are held in 16 bits and of which less than a twentieth moves in the median
 * update; where that was not measured, a loss that fell by less than a tenth at a rate below 3e-4.
 *
 * <p>A number in bf16 has 8 significant bits: an update that is smaller than about 2^-9 of its weight changes nothing,
 * each time again (Zamirai et al. 2020, arXiv 2010.06192).
 */
final class RoundingRule implements Rule {
    static final double FEWEST_MOVED = 0.05;
    static final double SAFE_RATE = 3e-4;
    private static final double LITTLE_FALL = 0.1;

    @Override
    public @Nullable Finding judge(CurveShape shape) {
        String storage = shape.curve().storage();
        if (storage == null || !storage.contains("16")) {
            return null;
        }
        double[] shares = shape.curve().updates().stream()
                .mapToDouble(Curve.Update::movedShare)
                .filter(Double::isFinite)
                .toArray();
        String rate = CurveShape.number(shape.peak());
        if (shares.length > 0) {
            double moved = CurveShape.median(shares);
            return moved >= FEWEST_MOVED
                    ? null
                    : finding(
                            shape,
                            Rule.grade(-moved, -FEWEST_MOVED, 0, 0.75, 0.95),
                            new Sentence(
                                    "the median update moved " + CurveShape.percent(moved)
                                            + " of the weights, which are held in " + storage + ", at a peak of " + rate
                                            + ".",
                                    "权重以 " + storage + " 保存，峰值学习率 " + rate + "，更新改变的权重份额中位数仅为 "
                                            + CurveShape.percent(moved) + "。"));
        }
        if (shape.peak() >= SAFE_RATE || shape.fall() >= LITTLE_FALL) {
            return null;
        }
        return finding(
                shape,
                0.6,
                new Sentence(
                        "the weights are held in " + storage + ", the peak is " + rate + " (below "
                                + CurveShape.number(SAFE_RATE) + ") and the loss fell by "
                                + CurveShape.percent(shape.fall()) + " in " + shape.lastStep() + " steps.",
                        "权重以 " + storage + " 保存，峰值学习率 " + rate + " 低于 " + CurveShape.number(SAFE_RATE) + "，"
                                + shape.lastStep() + " 步内损失仅下降 " + CurveShape.percent(shape.fall()) + "。"));
    }

    private static Finding finding(CurveShape shape, double confidence, Sentence evidence) {
        return new Finding(
                Finding.Kind.ROUNDING,
                confidence,
                evidence,
                new Sentence(
                        "hold the weights that train in float32 and train again from step 0 at the same "
                                + CurveShape.number(shape.peak()) + ".",
                        "训练中的权重改用 float32 保存，以同样的 " + CurveShape.number(shape.peak()) + " 从第 0 步重新训练。"),
                shape.step(0),
                shape.lastStep());
    }
}
