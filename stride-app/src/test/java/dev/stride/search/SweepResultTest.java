package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepResultTest {
    /** A sweep with every field that the file can have. */
    static SweepResult sweep(@Nullable SweepAnswer answer, double... rates) {
        List<SweepTrial> trials = java.util.Arrays.stream(rates)
                .mapToObj(lr -> new SweepTrial(
                        "lr-" + Rates.name(lr),
                        "trials/lr-" + Rates.name(lr),
                        lr,
                        Rates.name(lr),
                        1,
                        lr > 1 ? SweepTrial.Status.FAILED : SweepTrial.Status.FINISHED,
                        126,
                        126,
                        lr > 1 ? "the loss was NaN" : "",
                        Map.of("loss", lr > 1 ? Double.NaN : 1.41),
                        new SweepTrial.Best(126, "loss", 1.41),
                        lr > 1e-2 ? SweepTrial.Origin.GROWN : SweepTrial.Origin.GRID,
                        lr > 1e-2 ? new SweepTrial.Fork("lr-1e-2", 16) : null,
                        36.1))
                .toList();
        return new SweepResult(
                SweepResult.Vary.LR,
                new SweepResult.Metric("loss", false),
                Map.of(),
                new SweepSettings(
                        "dialogue", "lora", 8, 16.0, 64, "linear to 0", 3.0, 126, 1000, 120, 30, 1e-3, "samples/model"),
                trials,
                new SweepResult.Updates(400, 630, Map.of("pruning", 200L)),
                new SweepResult.FittedBasin(1.1e-2, 0.4, false),
                answer,
                new SweepResult.People(12, 2),
                List.of(new Saying(
                        "The best rate, 1e-2, lies between 3e-3 and 3e-2, near enough on both sides.", "最佳学习率。")),
                List.of("1e-2 is above 1e-3, the cap of method lora; used as given"));
    }

    /** The same without an answer yet. */
    static SweepResult unanswered(double... rates) {
        return sweep(null, rates);
    }

    static SweepAnswer answerOf(SweepResult sweep) {
        return Objects.requireNonNull(sweep.answer());
    }

    static SweepAnswer answer(boolean decided, double p, List<String> asGood, long rowsNeeded) {
        return new SweepAnswer(
                1e-2,
                5e-3,
                2e-2,
                "1e-2",
                asGood,
                decided,
                0.97,
                p,
                "3e-3",
                1,
                120,
                rowsNeeded,
                "",
                "",
                "",
                "./stride train --lr 1e-2");
    }

    @Test
    void parse_whatWasWritten_isTheSame() {
        SweepResult written =
                AnswerSentence.fill(sweep(answer(true, 0.03, List.of("5e-3", "2e-2"), 0), 3e-3, 1e-2, 3e-2, 3));
        String text = written.toText();
        SweepResult read = SweepResult.parse(text, "sweep.json");
        assertThat(read).isEqualTo(written);
        assertThat(read.toText()).isEqualTo(text);
        assertThat(text).contains("\"version\" : 1", "\"loss\" : \"NaN\"", "\"epochs\" : 3,", "\"forked\" : {");
        assertThat(text)
                .contains(
                        "\"people\" : {",
                        "\"raters\" : 2",
                        "\"course\" : [ \"The best rate",
                        "\"course_zh\" : [ \"最佳学习率");
        List<Saying> english = SweepResult.parse(text.replace("course_zh", "of_an_earlier_version"), "x")
                .course();
        assertThat(english).hasSize(1);
        assertThat(english.get(0).chinese()).isEqualTo(english.get(0).english());
        assertThat(SweepResult.parse(unanswered().toText(), "x").answer()).isNull();
    }

    @Test
    void parse_leastFileAndUnknownKeys_isRead() {
        SweepResult read = SweepResult.parse("""
                {"version":1,"vary":"lr","metric":{"name":"loss","higher_is_better":false},"later":[1],
                 "settings":{"task":"dialogue","colour":"red"},
                 "trials":[{"name":"lr-3e-4","lr":3e-4,"value":"3e-4","status":"waiting","x":null}],
                 "answer":{"lr":1e-2,"decided":true}}
                """, "sweep.json");
        assertThat(read.trials()).hasSize(1);
        assertThat(read.trials().get(0).folder()).isEqualTo("trials/lr-3e-4");
        assertThat(answerOf(read).low()).isEqualTo(1e-2);
        assertThat(answerOf(read).p()).isNaN();
        assertThat(read.basin()).isNull();
        assertThat(read.people()).isNull();
        assertThat(read.course()).isEmpty();
    }

    @Test
    void parse_noSweep_saysWhatIsWrong() {
        String[][] cases = {
            {"", "the file is empty"},
            {"{", "it is not JSON"},
            {"[]", "the file must be a JSON object"},
            {"{}", "'version' is missing"},
            {"{\"version\":2}", "version 2, and this program knows version 1"},
            {"{\"version\":1,\"vary\":\"lr\",\"metric\":{\"name\":\"loss\"}}", "'metric.higher_is_better' is missing"},
            {
                unanswered(1e-3).toText().replace("\"finished\"", "\"done\""),
                "'trials[0].status' must be one of waiting, running"
            },
            {unanswered(1e-3).toText().replace("\"lr\" : 0.001", "\"lr\" : \"fast\""), "'trials[0].lr' must be a number"
            },
            {unanswered(1e-3).toText().replace("\"vary\" : \"lr\"", "\"vary\" : \"x\""), "'vary' must be one of lr, "}
        };
        int refused = 0;
        for (String[] one : cases) {
            assertThatThrownBy(() -> SweepResult.parse(one[0], "a/sweep.json"))
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("a/sweep.json is no sweep: ")
                    .hasMessageContaining(one[1]);
            refused++;
        }
        assertThat(refused).isEqualTo(9);
    }

    @Test
    void read_folder_isItsSweepOrSaysThatThereIsNone(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> SweepResult.read(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("holds no sweep: there is no sweep.json in it");
        Files.writeString(folder.resolve(SweepResult.FILE), unanswered(1e-3).toText());
        assertThat(SweepResult.read(folder)).isEqualTo(unanswered(1e-3));
    }
}
