package dev.stride.monitor;

import java.util.Locale;

/**
 * One thing that a diagnosis found in a run, with the numbers behind it and what to do.
 *
 * @param kind what it is
 * @param confidence from 0 to 1; how strong the evidence is, not a measured probability
 * @param evidence the numbers and steps that speak for it
 * @param action the one thing to do, with its number
 * @param fromStep the first update that it is about
 * @param toStep the last one
 */
public record Finding(Kind kind, double confidence, Sentence evidence, Sentence action, long fromStep, long toStep) {
    /** What a run can be found to be; {@code docs/diagnosis.md} has the rule of each. */
    public enum Kind {
        /** The loss fell, nothing speaks against the rate. */
        HEALTHY("healthy", "正常"),
        /** The validation loss goes up and down: the rate is at the edge of what is stable. */
        OSCILLATION("oscillation", "振荡"),
        /** The loss rose far above where it was, or was not a number. */
        DIVERGED("diverged", "发散"),
        /** The loss still falls as steeply as at the start, or did not begin to: the rate is too low. */
        UNDERFIT("underfit", "学习率过低"),
        /** The training loss falls while the validation loss rises. */
        OVERFIT("overfit", "过拟合"),
        /** The loss fell and then stood still while the rate was still high. */
        PLATEAU("plateau", "停滞"),
        /** Updates are smaller than the spacing of the 16-bit numbers that hold the weights. */
        ROUNDING("rounding", "舍入丢失"),
        /** A few updates stand far out, and the run goes on as before: their rows are not like the others. */
        SPIKE("spike", "数据异常"),
        /** The evidence is not enough for a verdict. */
        NOT_SURE("not-sure", "不确定");

        private final String english;
        private final String chinese;

        Kind(String english, String chinese) {
            this.english = english;
            this.chinese = chinese;
        }

        /** The word in JSON and tables, for example {@code not-sure}. */
        public String word() {
            return english;
        }

        /** The kind for people, in both languages. */
        public Sentence title() {
            return new Sentence(english.replace('-', ' '), chinese);
        }
    }

    public Finding {
        if (!(confidence >= 0 && confidence <= 1)) {
            throw new IllegalArgumentException("confidence " + confidence + ": it is from 0 to 1");
        }
        if (fromStep > toStep) {
            throw new IllegalArgumentException("a finding from step " + fromStep + " to " + toStep);
        }
    }

    /** The whole finding as one text in both languages: kind, confidence, evidence, action. */
    public Sentence text() {
        String share = String.format(Locale.ROOT, "%.0f %%", 100 * confidence);
        return new Sentence(
                kind.title().english() + " (confidence " + share + "): " + evidence.english() + " Do: "
                        + action.english(),
                kind.title().chinese() + "（置信度 " + share + "）：" + evidence.chinese() + "建议：" + action.chinese());
    }
}
