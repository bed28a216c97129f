package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {
    @ParameterizedTest
    @CsvSource({
        "train.jsonl, train.jsonl, 1",
        "train.jsonl:2, train.jsonl, 2",
        "dir/train.jsonl:0.2, dir/train.jsonl, 0.2",
        "train.jsonl:1e-1, train.jsonl, 0.1",
        "C:\\data\\train.jsonl, C:\\data\\train.jsonl, 1",
        "C:\\data\\train.jsonl:0.5, C:\\data\\train.jsonl, 0.5",
        "C:/data/train.jsonl, C:/data/train.jsonl, 1",
        "a:b.jsonl, a:b.jsonl, 1",
        "a:b.jsonl:3, a:b.jsonl, 3",
        "train.jsonl:1f, train.jsonl:1f, 1",
    })
    void parse_fileWithAndWithoutWeight_splitsAtTheNumber(String text, String path, double weight) {
        assertThat(DataFile.parse(text)).isEqualTo(new DataFile(Path.of(path), weight));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl:0", "a.jsonl:-1", "a.jsonl:1e999", "a.jsonl:1.2.3", "a.jsonl:.", "", "  "})
    void parse_impossible_namesTheTextAndWhatIsExpected(String text) {
        assertThatThrownBy(() -> DataFile.parse(text))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("expected");
    }

    @Test
    void new_weightNotAboveZero_isRefused() {
        assertThatThrownBy(() -> new DataFile(Path.of("a"), Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
