package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.cli.RateAnswer.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateAnswerTest {
    private static final Trial LOW = new Trial(9e-4, List.of(3.0, 2.5), true);
    private static final Trial MIDDLE = new Trial(3e-3, List.of(2.4, 2.0), true);
    private static final Trial HIGH = new Trial(9e-3, List.of(2.2, 2.6), true);

    @Test
    void of_middleWins_saysWhyTheOthersLose() {
        assertThat(RateAnswer.of(List.of(LOW, MIDDLE, HIGH)).english())
                .isEqualTo("Use 3e-3: its validation loss ends lowest, at 2.000; 9e-4 learned too slowly (2.500),"
                        + " 9e-3 fell to 2.200 and rose again to 2.600.");
    }

    @Test
    void of_middleWins_saysTheSameInChinese() {
        assertThat(RateAnswer.of(List.of(LOW, MIDDLE, HIGH)).chinese())
                .isEqualTo("请用 3e-3：它的验证损失最终最低，为 2.000；9e-4 学得太慢（2.500），9e-3 先降到 2.200 又升回 2.600。");
    }

    @Test
    void of_highestWins_asksForHigherOnes() {
        assertThat(RateAnswer.of(List.of(LOW, MIDDLE)).english())
                .endsWith("the best is the highest rate tried, so try higher ones too.");
    }

    @Test
    void of_lowestWins_asksForLowerOnes() {
        assertThat(RateAnswer.of(List.of(MIDDLE, HIGH)).english())
                .endsWith("the best is the lowest rate tried, so try lower ones too.");
    }

    @Test
    void of_nearlyEqual_saysAsGood() {
        Trial twin = new Trial(6e-3, List.of(2.3, 2.005), true);
        assertThat(RateAnswer.of(List.of(LOW, MIDDLE, twin)).english()).contains("6e-3 is as good (2.005)");
    }

    @Test
    void of_stoppedTrial_neverWins() {
        Trial stopped = new Trial(3e-2, List.of(1.0), false);
        assertThat(RateAnswer.of(List.of(LOW, MIDDLE, stopped)).english())
                .startsWith("Use 3e-3:")
                .contains("3e-2 did not come to its end");
    }

    @Test
    void of_lossThatIsNotFinite_neverWins() {
        Trial nan = new Trial(3e-2, List.of(2.0, Double.NaN), true);
        assertThat(RateAnswer.of(List.of(nan, MIDDLE)).english()).startsWith("Use 3e-3:");
    }

    @Test
    void of_noTrialCounts_saysSo() {
        assertThat(RateAnswer.of(List.of(new Trial(1e-3, List.of(), false))).english())
                .startsWith("None of these rates can be used");
    }

    @Test
    void of_anyOrder_givesTheSameSentence() {
        assertThat(RateAnswer.of(List.of(HIGH, LOW, MIDDLE))).isEqualTo(RateAnswer.of(List.of(LOW, MIDDLE, HIGH)));
    }
}
