package dev.stride.search;

import dev.stride.config.StopMetric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of the rates that a sweep does not recommend, in half a sentence: which were too low, too high, ended early,
 * stopped or failed. Made from {@code sweep.json} alone.
 *
 * @param english begins with {@code "; "}; empty where there is nothing to say
 * @param chinese the same
 */
record OtherTrials(String english, String chinese) {
    /** A loss this share above its lowest has risen again. */
    private static final double RISEN = 0.005;

    private static final OtherTrials NONE = new OtherTrials("", "");

    /** One remark and the rates it is about. */
    private enum Remark {
        SLOW(" learned too slowly", "学得太慢"),
        HIGH(" overshot", "步子太大"),
        PRUNED(" ended early as unlikely to win", "因胜出可能太小而提前结束"),
        STOPPED(" stopped by a guard", "被监测器终止"),
        LEFT(" stopped by a person", "被人手动终止"),
        FAILED(" failed", "失败");

        private final String english;
        private final String chinese;

        Remark(String english, String chinese) {
            this.english = english;
            this.chinese = chinese;
        }

        boolean isPassive() {
            return this == PRUNED || this == STOPPED || this == LEFT;
        }
    }

    /** The remarks of a sweep of rates with an answer that can be used. */
    static OtherTrials of(SweepResult sweep, SweepAnswer answer) {
        if (sweep.vary() != SweepResult.Vary.LR) {
            return NONE;
        }
        Map<Remark, List<String>> rates = new LinkedHashMap<>();
        List<String> seen = new ArrayList<>();
        sweep.trials().stream()
                .sorted(Comparator.comparingDouble(SweepTrial::lr))
                .filter(trial -> trial.lr() != answer.lr() && !answer.asGood().contains(trial.value()))
                .forEach(trial -> {
                    String text = Rates.shortName(trial.lr());
                    Remark remark = remark(trial, answer);
                    if (remark != null && !seen.contains(text)) {
                        seen.add(text);
                        rates.computeIfAbsent(remark, none -> new ArrayList<>()).add(text + loss(trial, remark));
                    }
                });
        StringBuilder english = new StringBuilder();
        StringBuilder chinese = new StringBuilder();
        rates.forEach((remark, which) -> {
            String were = remark.isPassive() ? (which.size() == 1 ? " was" : " were") : "";
            english.append(english.isEmpty() ? "; " : ", ")
                    .append(AnswerSentence.list(which, " and "))
                    .append(were)
                    .append(remark.english);
            chinese.append(chinese.isEmpty() ? "；" : "，")
                    .append(String.join("、", which))
                    .append(' ')
                    .append(remark.chinese);
        });
        return new OtherTrials(english.toString(), chinese.toString());
    }

    private static @Nullable Remark remark(SweepTrial trial, SweepAnswer answer) {
        return switch (trial.status()) {
            case FINISHED -> trial.lr() < answer.lr() ? Remark.SLOW : Remark.HIGH;
            case PRUNED -> Remark.PRUNED;
            case STOPPED -> trial.isStoppedByPerson() ? Remark.LEFT : Remark.STOPPED;
            case FAILED -> Remark.FAILED;
            case WAITING, RUNNING, INTERRUPTED -> null;
        };
    }

    /** The validation loss of a finished trial, and the lowest it had been where it rose again. */
    private static String loss(SweepTrial trial, Remark remark) {
        Double last = trial.metrics().get(StopMetric.LOSS.word());
        if (last == null || (remark != Remark.SLOW && remark != Remark.HIGH)) {
            return "";
        }
        SweepTrial.Best best = trial.best();
        if (best == null
                || !best.metric().equals(StopMetric.LOSS.word())
                || last - best.value() <= RISEN * Math.abs(best.value())) {
            return " (" + number(last) + ")";
        }
        return " (" + number(best.value()) + ", then " + number(last) + ")";
    }

    private static String number(double loss) {
        return String.format(Locale.ROOT, "%.3f", loss);
    }
}
