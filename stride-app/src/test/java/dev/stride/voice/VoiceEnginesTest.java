package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoiceEnginesTest {
    private static final Answerer NOBODY = (lines, listener) -> () -> {};

    @TempDir
    private Path folder;

    @Test
    void of_manyWrongSettings_areToldAtOnceAndWithoutKeys() {
        Map<String, String> given = Map.of(
                "recogniser", "x",
                "speaker", "espeak, server",
                "server", "ftp://somewhere",
                "server-key", "sk-123-this-is-a-key",
                "funasr", "ws://user:password@host/",
                "words-per-minute", "fast",
                "command", "whisper \"-m");
        assertThatThrownBy(() -> VoiceSettings.of(given))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("voice.recogniser: an unknown setting")
                .hasMessageContaining("recognizer")
                .hasMessageContaining("espeak-ng")
                .hasMessageContaining("80 to 450")
                .hasMessageNotContaining("sk-123")
                .hasMessageNotContaining("user:password")
                .satisfies(e -> assertThat(((UserException) e).problems()).hasSize(6));
        assertThatThrownBy(
                        () -> VoiceSettings.of(Map.of("server", "http://h/v1", "server-key", "sk-123-this-is-a-key")))
                .hasMessageContaining("not the key")
                .hasMessageNotContaining("sk-123");
    }

    @Test
    void of_everyName_changesSomething() {
        Map<String, String> other = new HashMap<>(VoiceSettings.names());
        other.replaceAll((name, value) -> switch (name) {
            case "recognizer" -> "pocketsphinx";
            case "speaker" -> "festival";
            case "server" -> "http://localhost:8000/v1";
            case "doubao", "funasr" -> "ws://localhost:1/x";
            case "server-format" -> "wav";
            case "server-rate" -> "16000";
            case "doubao-sequenced" -> "true";
            case "words-per-minute", "ahead" -> "100";
            case "server-key", "doubao-app", "doubao-token", "doubao-key", "doubao-dialogue-key" -> "OTHER";
            default -> "other";
        });
        int seen = 0;
        String base = VoiceSettings.of(Map.of("server", "http://h/v1")).toString();
        for (String name : other.keySet()) {
            Map<String, String> one = new HashMap<>(Map.of("server", "http://h/v1"));
            one.put(name, other.getOrDefault(name, ""));
            assertThat(VoiceSettings.of(one).toString()).as(name).isNotEqualTo(base);
            seen++;
        }
        assertThat(seen).isEqualTo(VoiceSettings.names().size()).isGreaterThan(20);
    }

    @Test
    void ready_emptyMachine_saysWhatToDo() {
        try (VoiceEngines engines = new VoiceEngines(VoiceSettings.usual(), Map.of("PATH", folder.toString()))) {
            assertThat(engines.recognizers()).isEmpty();
            assertThat(engines.speakers()).isEmpty();
            assertThat(engines.ready().stream().filter(state -> !state.isReady()))
                    .hasSize(9)
                    .allMatch(state -> !state.advice().isEmpty());
            assertThatThrownBy(() -> engines.parts(NOBODY, ""))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("apt install pocketsphinx")
                    .hasMessageContaining("DOUBAO_APP_ID");
        }
    }

    @Test
    void ready_everythingThere_keepsTheOrderAndShowsNoKeys() throws Exception {
        for (String program : List.of("espeak-ng", "text2wave", "pocketsphinx_continuous", "whisper")) {
            Path file = Files.writeString(folder.resolve(program), "#!/bin/sh\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        Map<String, String> environment =
                Map.of("PATH", folder.toString(), "DOUBAO_API_KEY", FakeVendor.KEY, "OPENAI_API_KEY", FakeVendor.KEY);
        VoiceSettings settings = VoiceSettings.of(Map.of(
                "server", "http://localhost:9/v1",
                "funasr", "ws://localhost:10095",
                "command", "whisper -m \"a model\" {wav}",
                "activity-model", "none.onnx"));
        assertThat(settings.command()).containsExactly("whisper", "-m", "a model", "{wav}");
        try (VoiceEngines engines = new VoiceEngines(settings, environment)) {
            assertThat(engines.recognizers().stream().map(Recognizer::name))
                    .containsExactly("command", "speech server", "funasr", "doubao", "pocketsphinx");
            assertThat(engines.speakers().stream().map(Speaker::name))
                    .containsExactly("speech server", "doubao", "espeak-ng", "festival");
            assertThat(engines.speakers()).allMatch(speaker -> !speaker.voices().isEmpty());
            assertThat(engines.ready().toString()).doesNotContain(FakeVendor.KEY);
            assertThat(engines.ready().get(0).advice()).contains("no such file");
            assertThat(engines.activity()).isInstanceOf(EnergyActivity.class);
            assertThat(engines.parts(NOBODY, "a voice").voice()).isEqualTo("a voice");
        }
    }

    @Test
    void ready_chosenEngines_areTheOnlyOnes() {
        VoiceSettings settings = VoiceSettings.of(Map.of("recognizer", "funasr", "speaker", "festival,espeak-ng"));
        try (VoiceEngines engines = new VoiceEngines(settings, Map.of())) {
            assertThat(engines.ready().stream().map(EngineState::name))
                    .containsExactly("energy", "funasr", "festival", "espeak-ng");
        }
    }
}
