package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.tokenizer.TokenizedExample;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final int NO = TokenizedExample.IGNORE_INDEX;
    private static final TokenizedExample LONG = new TokenizedExample(new int[] {1, 2, 3, 4}, new int[] {NO, NO, 3, 4});
    private static final TokenizedExample SHORT = new TokenizedExample(new int[] {5, 6}, new int[] {5, 6});

    @Test
    void packed_segmentsEndToEnd_positionsRestart() {
        Batch batch = Batch.packed(List.of(SHORT, LONG));
        assertThat(batch.inputIds()).containsExactly(5, 6, 1, 2, 3, 4);
        assertThat(batch.segmentLengths()).containsExactly(2, 4);
        assertThat(batch.positions()).containsExactly(0, 1, 0, 1, 2, 3);
        assertThat(batch.numTokens()).isEqualTo(6);
    }

    /** A label at the first place of a segment has no position before it: the end of one example predicts no other. */
    @Test
    void packed_labelAtStart_isNotTrainedAcrossSegments() {
        Batch batch = Batch.packed(List.of(LONG, SHORT));
        assertThat(batch.trainedPositions()).containsExactly(1, 2, 4);
        assertThat(batch.targets()).containsExactly(3, 4, 6);
        assertThat(batch.numTrainedTokens()).isEqualTo(3);
    }

    @Test
    void padded_shorterSegments_areFilledOnTheRight() {
        Batch batch = Batch.padded(List.of(SHORT, LONG));
        assertThat(batch.inputIds()).containsExactly(5, 6, 0, 0, 1, 2, 3, 4);
        assertThat(batch.segmentLengths()).containsExactly(4, 4);
        assertThat(batch.trainedPositions()).containsExactly(0, 5, 6);
        assertThat(batch.targets()).containsExactly(6, 3, 4);
    }

    @Test
    void new_lengthsThatDoNotAddUp_areRefused() {
        assertThatThrownBy(() -> new Batch(new int[3], new int[] {2}, new int[0], new int[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Batch(new int[2], new int[] {2}, new int[1], new int[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
