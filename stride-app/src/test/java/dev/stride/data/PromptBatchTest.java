package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.tokenizer.TokenizedExample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class PromptBatchTest {
    @Test
    void of_promptsOfSeveralLengths_fillsOnTheLeft() {
        PromptBatch batch = PromptBatch.of(List.of(new int[] {5, 6, 7}, new int[] {8}));
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.columns()).isEqualTo(3);
        assertThat(batch.inputIds()).containsExactly(5, 6, 7, 0, 0, 8);
        assertThat(batch.attentionMask()).containsExactly(1, 1, 1, 0, 0, 1);
        assertThat(batch.positionIds()).containsExactly(0, 1, 2, 0, 0, 0);
    }

    @Test
    void of_nothingOrAnEmptyPrompt_isRefused() {
        assertThatThrownBy(() -> PromptBatch.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PromptBatch.of(List.of(new int[0]))).isInstanceOf(IllegalArgumentException.class);
    }

    /** The reference's collator on a batch of three; its rows are read off by their masks and padded again. */
    @Test
    void of_referenceBatch_isExact() throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(SharedFolder.require("golden/collate_left_pad_golden.json")
                        .toFile());
        List<int[]> prompts = new ArrayList<>();
        List<int[]> labels = new ArrayList<>();
        List<JsonNode> padded =
                StreamSupport.stream(golden.spliterator(), false).toList();
        for (JsonNode row : padded) {
            int fill = (int) Arrays.stream(ints(row.get("attention_mask")))
                    .filter(m -> m == 0)
                    .count();
            int[] ids = ints(row.get("input_ids"));
            int[] rowLabels = ints(row.get("labels"));
            prompts.add(Arrays.copyOfRange(ids, fill, ids.length));
            labels.add(Arrays.copyOfRange(rowLabels, fill, ids.length));
        }
        PromptBatch batch = PromptBatch.of(prompts);
        assertThat(batch.rows()).isEqualTo(3);
        int compared = 0;
        for (int r = 0; r < batch.rows(); r++) {
            assertThat(row(batch.inputIds(), batch, r))
                    .isEqualTo(ints(padded.get(r).get("input_ids")));
            assertThat(row(batch.attentionMask(), batch, r))
                    .isEqualTo(ints(padded.get(r).get("attention_mask")));
            assertThat(row(batch.positionIds(), batch, r))
                    .isEqualTo(ints(padded.get(r).get("position_ids")));
            int[] allLabels = PromptBatch.leftPadded(labels, batch.columns(), TokenizedExample.IGNORE_INDEX);
            assertThat(row(allLabels, batch, r)).isEqualTo(ints(padded.get(r).get("labels")));
            compared++;
        }
        assertThat(compared).isEqualTo(3);
        assertThat(prompts.stream().mapToInt(p -> p.length).distinct().count()).isGreaterThan(1);
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }

    private static int[] row(int[] flat, PromptBatch batch, int row) {
        return Arrays.copyOfRange(flat, row * batch.columns(), (row + 1) * batch.columns());
    }
}
