package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
    private static final Pattern NUMBER = Pattern.compile("[0-9]");

    @Test
    void of_anyCurve_carriesNumbersInBothLanguages() {
        int seen = 0;
        List<LabelledCurve> curves = new ArrayList<>(LabelledCurve.recorded());
        curves.addAll(SyntheticCurves.of(10));
        for (LabelledCurve labelled : curves) {
            for (Finding finding : Diagnosis.of(labelled.curve())) {
                for (Sentence sentence : List.of(finding.evidence(), finding.action())) {
                    assertThat(sentence.english())
                            .matches(text -> NUMBER.matcher(text).find());
                    assertThat(sentence.chinese())
                            .matches(text -> NUMBER.matcher(text).find());
                    assertThat(sentence.english() + sentence.chinese()).doesNotContain("NaN", "0.000", "Infinity");
                }
                seen++;
            }
        }
        assertThat(seen).isGreaterThanOrEqualTo(100);
    }

    @Test
    void of_noUpdates_isNotSure() {
        Finding finding = only(curve(0, i -> 1, 100, true));
        assertThat(finding.kind()).isEqualTo(Finding.Kind.NOT_SURE);
        assertThat(finding.action().english()).contains("60 updates");
    }

    @Test
    void of_fewerThan20Updates_isNotSure() {
        assertThat(only(curve(19, i -> 8 * Math.exp(-i / 4.0), 19, true)).kind())
                .isEqualTo(Finding.Kind.NOT_SURE);
        assertThat(only(curve(20, i -> 8 * Math.exp(-i / 4.0), 20, true)).kind())
                .isEqualTo(Finding.Kind.HEALTHY);
    }

    @Test
    void of_lossAboveStart_isDivergedAndNamesATenthOfThePeak() {
        Finding finding = only(curve(50, i -> i < 10 ? 4 : 10, 50, true));
        assertThat(finding.kind()).isEqualTo(Finding.Kind.DIVERGED);
        assertThat(finding.action().english()).contains("from 1e-3 to 1e-4").contains("step 0");
        assertThat(finding.evidence().english()).contains("from 4 at step 1 to 10 at step 11");
    }

    @Test
    void of_lossAboveStartForThreeUpdates_isNotDiverged() {
        assertThat(only(curve(50, i -> i >= 30 && i < 33 ? 40 : 4 * Math.exp(-i / 20.0), 50, true))
                        .kind())
                .isNotEqualTo(Finding.Kind.DIVERGED);
    }

    @Test
    void of_twoLossesThatAreNotFinite_isDiverged_oneIsNot() {
        Curve whole = curve(30, i -> 4 * Math.exp(-i / 10.0), 30, true);
        Curve.Skip skip = new Curve.Skip(31, "the loss is NaN; no update was made with it");
        assertThat(only(withSkips(whole, List.of(skip))).kind()).isEqualTo(Finding.Kind.HEALTHY);
        assertThat(only(withSkips(whole, List.of(skip, skip))).kind()).isEqualTo(Finding.Kind.DIVERGED);
    }

    @Test
    void of_oneBadBatch_namesItsStep() {
        Finding finding = only(curve(60, i -> i == 40 ? 9 : 6 * Math.exp(-i / 20.0), 60, true));
        assertThat(finding.kind()).isEqualTo(Finding.Kind.SPIKE);
        assertThat(finding.fromStep()).isEqualTo(41);
        assertThat(finding.toStep()).isEqualTo(41);
        assertThat(finding.action().english()).contains("rows of step 41");
        assertThat(finding.confidence()).isGreaterThan(0.9);
    }

    @Test
    void of_flatLossInA16BitType_isLostToRounding_inFloat32UnderfitAtATooLowRate() {
        Curve flat = curve(100, i -> 3, 100, true);
        Curve bf16 = new Curve(
                flat.updates().stream()
                        .map(u -> new Curve.Update(u.step(), u.loss(), 1e-5, u.gradientNorm(), 0.01))
                        .toList(),
                List.of(),
                List.of(),
                100,
                0,
                "bf16",
                true);
        assertThat(only(bf16).kind()).isEqualTo(Finding.Kind.ROUNDING);
        assertThat(only(bf16).evidence().english())
                .contains("1 %")
                .contains("bf16")
                .contains("1e-5");
        assertThat(only(flat).kind()).isEqualTo(Finding.Kind.UNDERFIT);
        assertThat(only(flat).action().english()).contains("from 1e-3 to 0.01");
    }

    @Test
    void of_movedWeights_isNotLostToRounding() {
        Curve flat = curve(100, i -> 3, 100, true);
        Curve moved = new Curve(
                flat.updates().stream()
                        .map(u -> new Curve.Update(u.step(), u.loss(), u.rate(), u.gradientNorm(), 0.6))
                        .toList(),
                List.of(),
                List.of(),
                100,
                0,
                "bf16",
                true);
        assertThat(only(moved).kind()).isEqualTo(Finding.Kind.UNDERFIT);
    }

    @Test
    void of_flatWhileARateThatDecays_isAPlateauOnlyByTheSumOfRates() {
        IntToDoubleFunction falls = i -> 5 * Math.exp(-Math.min(i, 30) / 20.0);
        assertThat(only(curve(100, falls, 100, true)).kind()).isEqualTo(Finding.Kind.PLATEAU);
        Curve decayed = new Curve(
                curve(100, falls, 100, true).updates().stream()
                        .map(u -> new Curve.Update(
                                u.step(), u.loss(), u.step() <= 30 ? 1e-3 : 1e-9, u.gradientNorm(), Double.NaN))
                        .toList(),
                List.of(),
                List.of(),
                100,
                0,
                "fp32",
                true);
        assertThat(only(decayed).kind()).isEqualTo(Finding.Kind.HEALTHY);
    }

    @Test
    void of_unfinishedRun_saysSoAndWaitsWithATooLowRate() {
        Finding early = only(curve(25, i -> 3, 500, false));
        assertThat(early.kind()).isEqualTo(Finding.Kind.NOT_SURE);
        assertThat(early.evidence().english()).startsWith("seen until now, step 25 of 500: ");
        assertThat(early.evidence().chinese()).startsWith("截至目前（第 25/500 步）：");
        assertThat(only(curve(150, i -> 3, 500, false)).kind()).isEqualTo(Finding.Kind.UNDERFIT);
        assertThat(only(curve(25, i -> i < 5 ? 3 : 12, 500, false)).kind()).isEqualTo(Finding.Kind.DIVERGED);
    }

    @Test
    void of_severalTroubles_putsTheSurestFirst() {
        Curve base = curve(80, i -> i == 50 ? 5 : 6 * Math.exp(-i / 25.0), 80, true);
        List<Curve.Evaluation> rising = new ArrayList<>();
        for (int k = 1; k <= 8; k++) {
            rising.add(new Curve.Evaluation(10L * k, k <= 3 ? 3 - 0.5 * k : 1.5 + 0.2 * (k - 3)));
        }
        Curve both = new Curve(base.updates(), rising, List.of(), 80, 0, "fp32", true);
        List<Finding> findings = Diagnosis.of(both);
        assertThat(findings).extracting(Finding::kind).containsExactly(Finding.Kind.OVERFIT, Finding.Kind.SPIKE);
        assertThat(findings.get(0).action().english()).contains("checkpoint of step 30");
    }

    private static Finding only(Curve curve) {
        List<Finding> findings = Diagnosis.of(curve);
        assertThat(findings).as(findings.toString()).hasSize(1);
        return findings.get(0);
    }

    private static Curve withSkips(Curve curve, List<Curve.Skip> skips) {
        return new Curve(
                curve.updates(),
                curve.evaluations(),
                skips,
                curve.plannedSteps(),
                curve.warmupSteps(),
                curve.storage(),
                curve.finished());
    }

    private static Curve curve(int steps, IntToDoubleFunction loss, long planned, boolean finished) {
        List<Curve.Update> updates = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            updates.add(new Curve.Update(i + 1, loss.applyAsDouble(i), 1e-3, 1, Double.NaN));
        }
        return new Curve(updates, List.of(), List.of(), planned, 0, "fp32", finished);
    }
}
