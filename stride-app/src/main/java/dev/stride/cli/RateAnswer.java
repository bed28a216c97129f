package dev.stride.cli;

import dev.stride.report.BilingualText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** One sentence that says which of several rates to use and why, from their validation losses alone. */
final class RateAnswer {
    /** Losses closer than this share of the best one are called equally good. */
    private static final double CLOSE = 0.005;

    private RateAnswer() {}

    /**
     * What a rate led to.
     *
     * @param lr the peak
     * @param losses validation losses in the order in which they were measured
     * @param finished whether the run came to its end
     */
    record Trial(double lr, List<Double> losses, boolean finished) {
        Trial {
            losses = List.copyOf(losses);
        }

        private boolean counts() {
            return finished && !losses.isEmpty() && Double.isFinite(last());
        }

        private double last() {
            return losses.get(losses.size() - 1);
        }

        private double lowest() {
            return losses.stream().min(Comparator.naturalOrder()).orElseThrow();
        }
    }

    /** The sentence in both languages; trials may be in any order. */
    static BilingualText of(List<Trial> trials) {
        List<Trial> sorted =
                trials.stream().sorted(Comparator.comparingDouble(Trial::lr)).toList();
        List<Trial> counting = sorted.stream().filter(Trial::counts).toList();
        if (counting.isEmpty()) {
            return new BilingualText(
                    "None of these rates can be used: no run came to its end with a finite validation loss.",
                    "这些学习率都不能用：没有一次训练以有限的验证损失结束。");
        }
        Trial best =
                counting.stream().min(Comparator.comparingDouble(Trial::last)).orElseThrow();
        StringBuilder english = new StringBuilder(
                "Use " + rate(best.lr()) + ": its validation loss ends lowest, at " + loss(best.last()));
        StringBuilder chinese = new StringBuilder("请用 " + rate(best.lr()) + "：它的验证损失最终最低，为 " + loss(best.last()));
        List<String> englishOthers = new ArrayList<>();
        List<String> chineseOthers = new ArrayList<>();
        for (Trial other : sorted) {
            if (other.lr() != best.lr()) {
                englishOthers.add(rate(other.lr()) + " " + english(other, best));
                chineseOthers.add(rate(other.lr()) + " " + chinese(other, best));
            }
        }
        if (!englishOthers.isEmpty()) {
            english.append("; ").append(String.join(", ", englishOthers));
            chinese.append("；").append(String.join("，", chineseOthers));
        }
        if (sorted.size() > 1 && best.lr() == sorted.get(0).lr()) {
            english.append("; the best is the lowest rate tried, so try lower ones too");
            chinese.append("；最好的是试过的最低学习率，还应再试更低的");
        } else if (sorted.size() > 1
                && best.lr() == sorted.get(sorted.size() - 1).lr()) {
            english.append("; the best is the highest rate tried, so try higher ones too");
            chinese.append("；最好的是试过的最高学习率，还应再试更高的");
        }
        return new BilingualText(
                english.append('.').toString(), chinese.append('。').toString());
    }

    private static String english(Trial other, Trial best) {
        if (!other.counts()) {
            return "did not come to its end";
        }
        if (close(other, best)) {
            return "is as good (" + loss(other.last()) + ")";
        }
        if (rose(other)) {
            return "fell to " + loss(other.lowest()) + " and rose again to " + loss(other.last());
        }
        return other.lr() < best.lr()
                ? "learned too slowly (" + loss(other.last()) + ")"
                : "overshot (" + loss(other.last()) + ")";
    }

    private static String chinese(Trial other, Trial best) {
        if (!other.counts()) {
            return "没有训练到底";
        }
        if (close(other, best)) {
            return "同样好（" + loss(other.last()) + "）";
        }
        if (rose(other)) {
            return "先降到 " + loss(other.lowest()) + " 又升回 " + loss(other.last());
        }
        return other.lr() < best.lr() ? "学得太慢（" + loss(other.last()) + "）" : "步子太大（" + loss(other.last()) + "）";
    }

    private static boolean close(Trial other, Trial best) {
        return other.last() - best.last() < CLOSE * best.last();
    }

    private static boolean rose(Trial trial) {
        return trial.last() - trial.lowest() > CLOSE * trial.lowest();
    }

    /** A rate in scientific notation with at most three digits, for example {@code 3e-3} or {@code 1.25e-4}. */
    static String rate(double lr) {
        String[] parts = String.format(Locale.ROOT, "%.2e", lr).split("e", -1);
        return parts[0].replaceFirst("\\.?0+$", "") + "e" + Integer.parseInt(parts[1]);
    }

    private static String loss(double loss) {
        return String.format(Locale.ROOT, "%.3f", loss);
    }
}
