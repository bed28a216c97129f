package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.RuleProfile;
import dev.stride.config.StopMetric;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RecoveryPolicyTest {
    private static RecoveryPolicy policy(RuleProfile profile, int most) {
        return new RecoveryPolicy(profile, most, StopMetric.BLEU_4);
    }

    private static RecoveryPolicy.Stopped stopped(long bestStep, double best, double factor) {
        return new RecoveryPolicy.Stopped(bestStep, best, factor, 1000);
    }

    @Test
    void begin_classic_halvesTheRateForTheSameRemainingUpdates() {
        List<BranchPlan> branches = policy(RuleProfile.CLASSIC, 2).begin(stopped(200, 12, 1));
        assertThat(branches)
                .containsExactly(new BranchPlan(
                        "recovery-1",
                        0.5,
                        BranchPlan.Kind.HALVE,
                        800,
                        "recovery 1 of 2 goes back to step 200 (bleu-4 12) and tries 0.5 in place of 1 times the schedule's"
                                + " rate for the remaining 800 updates"));
    }

    @Test
    void begin_evidence_triesACooldownAndWithBudgetTwiceTheRate() {
        List<BranchPlan> early = policy(RuleProfile.EVIDENCE, 2).begin(stopped(500, 12, 1));
        assertThat(early)
                .extracting(BranchPlan::name)
                .containsExactly("recovery-1", "recovery-1-cooldown", "recovery-1-double");
        assertThat(early).extracting(BranchPlan::factor).containsExactly(0.5, 1.0, 2.0);
        assertThat(early).extracting(BranchPlan::updates).containsExactly(500L, 100L, 500L);
        List<BranchPlan> late = policy(RuleProfile.EVIDENCE, 2).begin(stopped(501, 12, 1));
        assertThat(late).extracting(BranchPlan::kind).containsExactly(BranchPlan.Kind.HALVE, BranchPlan.Kind.COOLDOWN);
    }

    @Test
    void winner_bestBranch_orTheRunAsItWas() {
        RecoveryPolicy policy = policy(RuleProfile.EVIDENCE, 2);
        policy.begin(stopped(100, 12, 1));
        assertThat(policy.winner()).isNull();
        policy.finished(12.5);
        policy.finished(Double.NaN);
        assertThat(policy.winner()).isNull();
        assertThat(Objects.requireNonNull(policy.next()).name()).isEqualTo("recovery-1-double");
        policy.finished(12.4);
        assertThat(policy.next()).isNull();
        assertThat(policy.winner()).isEqualTo("recovery-1");

        RecoveryPolicy none = policy(RuleProfile.CLASSIC, 2);
        none.begin(stopped(100, 12, 1));
        none.finished(12);
        assertThat(none.winner()).as("no better is not better").isEqualTo(RecoveryPolicy.TRUNK);

        RecoveryPolicy byLoss = new RecoveryPolicy(RuleProfile.CLASSIC, 2, StopMetric.LOSS);
        byLoss.begin(stopped(100, 2, 1));
        byLoss.finished(1.9);
        assertThat(byLoss.winner()).isEqualTo("recovery-1");
    }

    @Test
    void begin_atMostSoOften() {
        RecoveryPolicy policy = policy(RuleProfile.CLASSIC, 2);
        policy.begin(stopped(100, 12, 1));
        assertThat(policy.mayBegin()).as("while one is under way").isFalse();
        policy.finished(13);
        assertThat(policy.mayBegin()).isTrue();
        policy.begin(stopped(300, 13, 0.5));
        policy.finished(13);
        assertThat(policy.mayBegin()).isFalse();
        assertThat(policy.recoveries()).isEqualTo(2);
        assertThatThrownBy(() -> policy.begin(stopped(300, 13, 0.5))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> policy.finished(1)).isInstanceOf(IllegalStateException.class);
        assertThat(policy(RuleProfile.CLASSIC, 0).mayBegin()).isFalse();
    }

    @Test
    void begin_fromABranch_halvesItsFactor() {
        RecoveryPolicy policy = policy(RuleProfile.CLASSIC, 2);
        policy.begin(stopped(100, 12, 1));
        policy.finished(13);
        assertThat(policy.begin(stopped(300, 13, 0.5)).get(0).factor()).isEqualTo(0.25);
    }

    /** The same checkpoint with the same rate would only make the same branch again. */
    @Test
    void begin_fromTheSameCheckpointAgain_halvesOnceMore() {
        RecoveryPolicy policy = policy(RuleProfile.CLASSIC, 3);
        policy.begin(stopped(100, 12, 1));
        policy.finished(11);
        assertThat(policy.begin(stopped(100, 12, 1)).get(0).factor()).isEqualTo(0.25);
        policy.finished(11);
        assertThat(policy.begin(stopped(100, 12, 1)).get(0)).satisfies(branch -> {
            assertThat(branch.factor()).isEqualTo(0.125);
            assertThat(branch.name()).isEqualTo("recovery-3");
        });
    }

    @Test
    void restore_atEveryMoment_goesOnTheSame() {
        for (RuleProfile profile : RuleProfile.values()) {
            int whole = story(profile, -1).size();
            for (int at = 0; at < whole; at++) {
                assertThat(story(profile, at))
                        .as("%s restored at %s", profile, at)
                        .isEqualTo(story(profile, -1));
            }
            assertThat(whole).isGreaterThan(3);
        }
    }

    /** All that a policy says in two recoveries, restored into a new one at one moment. */
    private static List<Object> story(RuleProfile profile, int restoredAt) {
        RecoveryPolicy policy = policy(profile, 2);
        List<Object> said = new ArrayList<>();
        double[] results = {12.5, 11, 13, 12, 11, 10};
        int result = 0;
        for (int i = 0; i < 12; i++) {
            if (i == restoredAt) {
                RecoveryPolicy resumed = policy(profile, 2);
                resumed.restore(policy.state());
                policy = resumed;
            }
            if (policy.next() != null) {
                said.add(policy.next());
                policy.finished(results[result++]);
            } else if (policy.mayBegin()) {
                said.add(policy.begin(stopped(100, 12, 1)));
            } else {
                said.add(Objects.requireNonNull(policy.winner()));
            }
        }
        return said;
    }
}
