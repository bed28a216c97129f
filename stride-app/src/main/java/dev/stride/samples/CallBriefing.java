package dev.stride.samples;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a model is told in a call: how to speak, and the record of its own run, in one form. The rows of {@code samples/call} have
 * it as their system message, so that a model that is tuned on them can answer by it.
 *
 * @param peak the run's peak learning rate; NaN where it is not known
 * @param tried the rates that its sweep tried; empty for a run by itself
 * @param answer the sweep's answer; NaN where there is none
 * @param firstLoss the first update's loss; NaN before it
 * @param lastLoss the last update's loss
 * @param steps updates made
 * @param findings what the run shows and its guards did, in a few words each
 */
public record CallBriefing(
        double peak,
        List<Double> tried,
        double answer,
        double firstLoss,
        double lastLoss,
        long steps,
        List<String> findings) {
    private static final String MANNER = "你在打电话，用一两句话回答，学习率按记录说。 You are on the phone: answer in one or two"
            + " sentences; about learning rates go by the record.";

    public CallBriefing {
        tried = List.copyOf(tried);
        findings = List.copyOf(findings);
    }

    /** The rate to be named: the sweep's answer, else the run's own. */
    public double best() {
        return Double.isNaN(answer) ? peak : answer;
    }

    /** The system message. */
    public String text() {
        StringBuilder text = new StringBuilder(MANNER).append('\n');
        if (!Double.isNaN(peak)) {
            text.append("学习率 ").append(rate(peak)).append('。');
        }
        if (!tried.isEmpty()) {
            text.append("试过 ").append(rates(tried, "、")).append('。');
        }
        if (!Double.isNaN(answer)) {
            text.append("结论 ").append(rate(answer)).append('。');
        }
        if (!Double.isNaN(firstLoss)) {
            text.append(String.format(Locale.ROOT, "损失 %.2f 到 %.2f，%d 步。", firstLoss, lastLoss, steps));
        }
        if (!findings.isEmpty()) {
            text.append("诊断 ").append(String.join("；", findings)).append('。');
        }
        return text.toString();
    }

    /** A rate in words of a record: {@code 1e-2}, {@code 1.5e-3}. */
    public static String rate(double value) {
        String text = String.format(Locale.ROOT, "%.3e", value);
        String digits = text.substring(0, text.indexOf('e')).replaceAll("\\.?0+$", "");
        return digits + "e" + Integer.parseInt(text.substring(text.indexOf('e') + 1));
    }

    static String rates(List<Double> values, String between) {
        return values.stream().map(CallBriefing::rate).collect(Collectors.joining(between));
    }
}
