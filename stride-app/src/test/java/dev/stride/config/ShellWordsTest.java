package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
    @Test
    void arguments_withWhatAShellReads_comeBackAsTheyAre() throws Exception {
        List<String> words =
                List.of("a b", "it's", "$HOME", "*", "", "\\", "\"", "~", "a;b", "数据/训练.jsonl", "--lr", "1e-4");
        Process shell = new ProcessBuilder("sh", "-c", "printf '%s\\n' " + ShellWords.of(words))
                .redirectErrorStream(true)
                .start();
        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(String.join("\n", words) + "\n");
    }

    @Test
    void argument_thatAShellTakesAsItStands_hasNoQuotes() {
        assertThat(ShellWords.of(List.of("runs/a-1", "kind=a", "a@b:1,2+3%"))).isEqualTo("runs/a-1 kind=a a@b:1,2+3%");
    }
}
