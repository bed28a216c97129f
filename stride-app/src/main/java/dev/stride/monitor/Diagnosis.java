package dev.stride.monitor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what a run's events show: is the rate too high, too low or right, and what to do next.
 *
 * <p>It uses the curve alone, so it works while a run goes on as after its end, and it knows nothing of what another
 * rate would have done. {@code docs/diagnosis.md} has the rules, and how often they were right on labelled runs.
 */
public final class Diagnosis {
    /** Fewer updates than this are not judged, but for losses that are not finite. */
    static final int FEWEST = 20;
    /** A verdict below this confidence is not spoken. */
    static final double SPEAKS = 0.5;

    /** The first two come first and alone: what else the curve shows is their consequence. */
    private static final List<Rule> TROUBLES = List.of(
            new DivergenceRule(),
            new RoundingRule(),
            new SpikeRule(),
            new OscillationRule(),
            new OverfitRule(),
            new UnderfitRule(),
            new PlateauRule());

    private Diagnosis() {}

    /**
     * What a run shows, the most important first; at least one finding.
     *
     * <p>Of a run that has not ended it speaks of what is seen until now, and says so. Nothing is said about a rate that is
     * too low or a plateau before a fifth of the planned updates are made after the warm-up.
     */
    public static List<Finding> of(Curve curve) {
        CurveShape shape = new CurveShape(curve);
        if (shape.size() == 0 || (shape.size() < FEWEST && shape.numNotFinite() < 2)) {
            return List.of(live(curve, notSure(shape)));
        }
        List<Finding> findings = new ArrayList<>();
        for (Rule rule : TROUBLES) {
            Finding finding = early(shape) && needsTime(rule) ? null : rule.judge(shape);
            if (finding != null && finding.confidence() >= SPEAKS && !follows(findings)) {
                findings.add(live(curve, finding));
            }
        }
        if (findings.isEmpty()) {
            @Nullable Finding health = new HealthRule().judge(shape);
            findings.add(live(curve, health == null ? notSure(shape) : health));
        }
        findings.sort(Comparator.comparingDouble(Diagnosis::rank).reversed());
        return List.copyOf(findings);
    }

    private static double rank(Finding finding) {
        return finding.kind() == Finding.Kind.DIVERGED || finding.kind() == Finding.Kind.ROUNDING
                ? 1
                : finding.confidence();
    }

    private static boolean early(CurveShape shape) {
        Curve curve = shape.curve();
        return !curve.finished() && shape.lastStep() < curve.warmupSteps() + Math.max(FEWEST, curve.plannedSteps() / 5);
    }

    private static boolean needsTime(Rule rule) {
        return rule instanceof UnderfitRule || rule instanceof PlateauRule;
    }

    /** What a divergence or lost updates do to the curve is not told again. */
    private static boolean follows(List<Finding> before) {
        return before.stream()
                .map(Finding::kind)
                .anyMatch(kind -> kind == Finding.Kind.DIVERGED || kind == Finding.Kind.ROUNDING);
    }

    private static Finding notSure(CurveShape shape) {
        long steps = shape.lastStep();
        long longer = Math.max(3 * steps, 3L * FEWEST);
        String losses = shape.size() == 0
                ? ""
                : ", the training loss went from " + CurveShape.number(shape.loss(0)) + " to "
                        + CurveShape.number(shape.loss(shape.size() - 1));
        String lossesChinese = shape.size() == 0
                ? ""
                : "，训练损失从 " + CurveShape.number(shape.loss(0)) + " 变为 "
                        + CurveShape.number(shape.loss(shape.size() - 1));
        int evaluations = shape.evaluations().size();
        return new Finding(
                Finding.Kind.NOT_SURE,
                0.5,
                new Sentence(
                        shape.size() + " updates and " + evaluations + " evaluations show no kind clearly" + losses
                                + ".",
                        "共 " + shape.size() + " 次更新、" + evaluations + " 次评估，不足以判定" + lossesChinese + "。"),
                new Sentence(
                        "train " + longer + " updates with at least 6 evaluations and ask again.",
                        "训练 " + longer + " 次更新、至少评估 6 次后再诊断。"),
                Math.min(1, steps),
                steps);
    }

    private static Finding live(Curve curve, Finding finding) {
        if (curve.finished()) {
            return finding;
        }
        long done = curve.updates().isEmpty()
                ? 0
                : curve.updates().get(curve.updates().size() - 1).step();
        String of = curve.plannedSteps() > 0 ? " of " + curve.plannedSteps() : "";
        String ofChinese = curve.plannedSteps() > 0 ? "/" + curve.plannedSteps() : "";
        return new Finding(
                finding.kind(),
                finding.confidence(),
                new Sentence(
                        "seen until now, step " + done + of + ": "
                                + finding.evidence().english(),
                        "截至目前（第 " + done + ofChinese + " 步）："
                                + finding.evidence().chinese()),
                finding.action(),
                finding.fromStep(),
                finding.toStep());
    }
}
