package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnsTest {
    @Test
    void parse_promptAndResponse_isForColumns() {
        Columns columns = Columns.parse("prompt=content, response=summary");
        assertThat(columns.names()).isEqualTo(Map.of("prompt", "content", "response", "summary"));
        assertThat(columns.format()).isEqualTo(DataFormat.COLUMNS);
    }

    @Test
    void parse_textAndLabel_isForLabels() {
        assertThat(Columns.parse("text=1,label=2").format()).isEqualTo(DataFormat.LABELS);
        assertThat(Columns.parse("text=1,label=2").byNumber()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "prompt", "prompt=", "prompt=a", "text=a,response=b", "label=a", "foo=a,prompt=b"})
    void parse_unknownOrIncomplete_saysWhatIsAllowed(String text) {
        assertThatThrownBy(() -> Columns.parse(text))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("prompt=NAME,response=NAME");
    }

    @Test
    void parse_severalFaults_namesAll() {
        assertThatThrownBy(() -> Columns.parse("foo=a,bar=b,text=c,text=d"))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(3));
    }

    @Test
    void format_words_areParsedBack() {
        for (DataFormat format : DataFormat.values()) {
            assertThat(DataFormat.parse(format.word().toUpperCase(Locale.ROOT))).isEqualTo(format);
        }
        assertThat(DataFormat.shapes()).hasSize(8);
        assertThatThrownBy(() -> DataFormat.parse("parquet"))
                .hasMessageContainingAll(List.of(DataFormat.values()).stream()
                        .map(DataFormat::word)
                        .toArray(String[]::new));
    }
}
