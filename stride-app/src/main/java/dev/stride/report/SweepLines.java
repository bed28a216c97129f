package dev.stride.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is said of a sweep on a terminal besides its answer and its table: one line each. */
public final class SweepLines {
    private SweepLines() {}

    /** What the answer rests on, what was trained, how the search went, and warnings; in one language. */
    public static List<String> of(SweepData data, Language language) {
        List<String> lines = new ArrayList<>();
        SweepData.Answer answer = data.answer();
        if (answer != null && !answer.restsOn().isEmpty()) {
            lines.add(Words.RESTS_ON_LINE.in(language, answer.restsOn()));
        }
        lines.add(updates(data, language));
        data.course().forEach(sentence -> lines.add(Words.NOTE_LINE.in(language, sentence.in(language))));
        data.warnings().forEach(warning -> lines.add(Words.WARNING_LINE.in(language, warning)));
        return lines;
    }

    private static String updates(SweepData data, Language language) {
        long made = data.updates().made();
        long all = data.updates().grid();
        List<String> parts = new ArrayList<>();
        Map<String, Long> saved = data.updates().saved();
        add(parts, Words.UPDATES_PRUNED, saved.getOrDefault("pruning", 0L), language);
        add(parts, Words.UPDATES_SHARED, saved.getOrDefault("prefix", 0L), language);
        // what a trunk saves is counted besides the grid
        long named = saved.getOrDefault("pruning", 0L) + saved.getOrDefault("prefix", 0L);
        // while a sweep runs, what is missing is not made yet
        add(parts, Words.UPDATES_ENDED, data.answer() == null ? 0 : all - made - named, language);
        String line = Words.UPDATES_LINE.in(language, made, all);
        boolean english = language == Language.ENGLISH;
        return parts.isEmpty() ? line : line + (english ? "; " : "；") + String.join(english ? ", " : "，", parts);
    }

    private static void add(List<String> parts, Words words, long count, Language language) {
        if (count > 0) {
            parts.add(words.in(language, count));
        }
    }
}
