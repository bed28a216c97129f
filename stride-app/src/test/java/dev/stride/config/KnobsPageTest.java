package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/knobs.md is written from the registry: {@code mvn test -Dtest=KnobsPageTest -Dstride.regenerate=true}. */
class KnobsPageTest {
    @Test
    void knobsPage_isWhatTheRegistrySays() throws IOException {
        Path page = SharedFolder.projectRoot().resolve("docs/knobs.md");
        String expected = KnobsPage.text();
        if (Boolean.getBoolean("stride.regenerate")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, expected);
        }
        assertThat(Files.exists(page) ? Files.readString(page) : "")
                .as("docs/knobs.md is stale; mvn test -Dtest=KnobsPageTest -Dstride.regenerate=true writes it again")
                .isEqualTo(expected);
    }

    @Test
    void text_everyKnob_isOneRow() {
        String text = KnobsPage.text();
        assertThat(text.lines().filter(line -> line.startsWith("| `")).count())
                .isEqualTo(Knobs.all().size());
        for (Knob knob : Knobs.all()) {
            assertThat(text).contains("| `" + knob.path() + "` | `" + knob.flag() + "` |");
            assertThat(knob.doc()).as(knob.path()).endsWith(".");
            assertThat(knob.defaultText() == null)
                    .as("%s has a default, or says what happens without a value", knob.path())
                    .isEqualTo(!knob.absent().isEmpty() && !knob.path().equals("train.epochs"));
        }
    }
}
