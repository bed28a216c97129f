package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How often the diagnosis is right, on recorded runs and on synthetic curves. The tables of docs/diagnosis.md are made
 * here: {@code mvn test -Dtest=DiagnosisPageTest -Dstride.regenerate=true}.
 */
class DiagnosisPageTest {
    private static final String BEGIN = "<!-- tables: made by DiagnosisPageTest -->\n";
    private static final String END = "<!-- end of the tables -->\n";
    private static final double RIGHT = 0.9;
    private static final double NOT_SURE = 0.25;

    private final List<LabelledCurve> recorded = LabelledCurve.recorded();
    private final Confusion tuning =
            Confusion.of(recorded.stream().filter(run -> !run.heldOut()).toList());
    private final Confusion heldOut =
            Confusion.of(recorded.stream().filter(LabelledCurve::heldOut).toList());
    private final Confusion synthetic = Confusion.of(SyntheticCurves.of(25));

    @Test
    void of_recordedRuns_isRightWhereItSpeaks() {
        print("recorded runs, tuning", tuning);
        System.out.println(tuning.misses());
        print("recorded runs, held out", heldOut);
        Confusion all = Confusion.of(recorded);
        assertThat(all.all()).isGreaterThanOrEqualTo(60);
        good(tuning);
        good(heldOut);
        good(all);
    }

    @Test
    void of_syntheticCurves_isRightWhereItSpeaks() {
        print("synthetic curves", synthetic);
        System.out.println(synthetic.misses());
        assertThat(synthetic.all()).isEqualTo(200);
        good(synthetic);
    }

    @Test
    void diagnosisPage_hasTheTables() throws IOException {
        Path page = SharedFolder.projectRoot().resolve("docs/diagnosis.md");
        String text = Files.readString(page);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        assertThat(to).as("docs/diagnosis.md has the place of the tables").isGreaterThanOrEqualTo(BEGIN.length());
        String expected = tables();
        if (Boolean.getBoolean("stride.regenerate")) {
            Files.writeString(page, text.substring(0, from) + expected + text.substring(to));
        } else {
            assertThat(text.substring(from, to))
                    .as("the tables are stale; mvn test -Dtest=DiagnosisPageTest -Dstride.regenerate=true writes them")
                    .isEqualTo(expected);
        }
    }

    private String tables() {
        return section("Recorded runs, looked at while the rules were written", tuning)
                + section("Recorded runs, held out", heldOut)
                + section("Synthetic curves", synthetic)
                + "\nRuns that did not come out as they were made to, and have no label: "
                + LabelledCurve.numWithoutLabel()
                + ".\n\n";
    }

    private static String section(String title, Confusion confusion) {
        return "\n### " + title + "\n\n" + confusion.summary() + "\n\n" + confusion.table();
    }

    private static void print(String title, Confusion confusion) {
        System.out.println(title + ": " + confusion.summary() + "\n" + confusion.table());
    }

    private static void good(Confusion confusion) {
        assertThat(confusion.rightWhereItSpeaks()).as(confusion.misses()).isGreaterThanOrEqualTo(RIGHT);
        assertThat(confusion.notSure()).as(confusion.misses()).isLessThanOrEqualTo(NOT_SURE);
    }
}
