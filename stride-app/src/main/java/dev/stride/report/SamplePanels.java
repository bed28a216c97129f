package dev.stride.report;

import dev.stride.experiment.SampleRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Generated texts beside their references: one panel a prompt, one text a run, earlier ones folded away. */
final class SamplePanels {
    private static final int MAX_PROMPTS = 12;
    private static final int BEGINNING = 60;

    private final Markup page;
    private final List<ReportRun> runs;
    private final List<Integer> colours;
    private final boolean folded;
    private boolean drawn;

    SamplePanels(Markup page, List<ReportRun> runs) {
        this(page, runs, IntStream.range(0, runs.size()).boxed().toList(), false);
    }

    /**
     * @param colours of the runs
     * @param folded whether every panel but the first begins folded
     */
    SamplePanels(Markup page, List<ReportRun> runs, List<Integer> colours, boolean folded) {
        this.page = page;
        this.runs = runs;
        this.colours = colours;
        this.folded = folded;
    }

    /** What a prompt and its reference are compared by. */
    private record Question(String prompt, String reference) {}

    void draw() {
        Map<Question, List<List<SampleRecord>>> answers = answers();
        if (answers.isEmpty()) {
            page.open("p", "class", "note").words(Words.NO_SAMPLES).close();
            return;
        }
        answers.entrySet().stream().limit(MAX_PROMPTS).forEach(entry -> panel(entry.getKey(), entry.getValue()));
        if (answers.size() > MAX_PROMPTS) {
            page.open("p", "class", "note")
                    .words(Words.SAMPLES_SHOWN, MAX_PROMPTS, answers.size())
                    .close();
        }
    }

    /** By question, then by run, the samples in the order of the steps. */
    private Map<Question, List<List<SampleRecord>>> answers() {
        Map<Question, List<List<SampleRecord>>> answers = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            for (SampleRecord sample : runs.get(i).samples()) {
                answers.computeIfAbsent(
                                new Question(sample.prompt(), sample.reference()),
                                question -> runs.stream()
                                        .<List<SampleRecord>>map(run -> new ArrayList<>())
                                        .toList())
                        .get(i)
                        .add(sample);
            }
        }
        return answers;
    }

    private void panel(Question question, List<List<SampleRecord>> byRun) {
        page.open("article", "class", "sample").line();
        if (folded) {
            List<String> attributes = drawn ? List.of("class", "fold") : List.of("class", "fold", "open", "open");
            page.open("details", attributes.toArray(String[]::new))
                    .open("summary")
                    .words(Words.PROMPT);
            page.text(" ")
                    .element("span", beginning(question.prompt()), "class", "given")
                    .close();
        } else {
            page.open("h3").words(Words.PROMPT).close();
        }
        drawn = true;
        given(question.prompt());
        page.open("div", "class", "answers").line();
        page.open("div", "class", "reference").open("h4").words(Words.REFERENCE).close();
        given(question.reference());
        page.close().line();
        for (int i = 0; i < runs.size(); i++) {
            List<SampleRecord> samples = byRun.get(i);
            if (samples.isEmpty()) {
                continue;
            }
            SampleRecord last = samples.get(samples.size() - 1);
            page.open("div", "class", "prediction").open("h4");
            page.open("span", "class", "dot " + ChartSvg.colour(colours.get(i))).close();
            page.element("span", runs.get(i).name(), "class", "given");
            page.open("span", "class", "when");
            page.text(" · ").words(Words.STEP, last.step()).close();
            page.close();
            given(last.prediction());
            scores(last);
            if (samples.size() > 1) {
                page.open("details").open("summary");
                page.words(Words.EARLIER, samples.size() - 1).close();
                for (int s = samples.size() - 2; s >= 0; s--) {
                    page.open("p", "class", "when")
                            .words(Words.STEP, samples.get(s).step())
                            .close();
                    given(samples.get(s).prediction());
                }
                page.close();
            }
            page.close().line();
        }
        if (folded) {
            page.close();
        }
        page.close().close().line();
    }

    private static String beginning(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= BEGINNING
                ? line
                : line.substring(0, line.offsetByCodePoints(0, BEGINNING)) + "…";
    }

    private void scores(SampleRecord sample) {
        if (!sample.scores().isEmpty()) {
            List<String> words = new ArrayList<>();
            sample.scores().forEach((name, value) -> words.add(name + " " + Numbers.compact(value)));
            page.element("p", String.join(" · ", words), "class", "scores");
        }
    }

    private void given(String text) {
        page.open("div", "class", "text given", "dir", "auto");
        if (text.isBlank()) {
            page.open("em").words(Words.EMPTY_TEXT).close();
        } else {
            page.text(text);
        }
        page.close();
    }
}
