package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "path: /srv/a b/rows.jsonl | path: rows.jsonl",
                "path: /rows.jsonl  # from --data | path: rows.jsonl  # from --data",
                "train: [\"/srv/a b/rows.jsonl:0.5\"] | train: [\"rows.jsonl:0.5\"]",
                "{\"value\":\"/srv/x/model\"} | {\"value\":\"model\"}",
                "{\"text\":\"saved in /srv/x/runs, at last\"} | {\"text\":\"saved in runs, at last\"}",
                "{\"text\":\"C:\\\\Users\\\\me\\\\rows.csv is bad\"} | {\"text\":\"rows.csv is bad\"}",
                "file:/srv/x/model | file:model",
                "~/models/x | x",
                "120 tokens/s, lr/decay and 3 / 4 | 120 tokens/s, lr/decay and 3 / 4",
                "./stride train --out runs/final | ./stride train --out runs/final",
                "https://example.org/a/b | https://example.org/a/b"
            })
    void clean_leavesNamesWithoutFolders(String text, String expected) {
        assertThat(SharedText.of(List.of(text)).clean(text)).isEqualTo(expected);
    }
}
