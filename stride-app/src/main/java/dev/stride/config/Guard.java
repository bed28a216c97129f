package dev.stride.config;

import java.util.Set;

/** Something that watches a run and may act on it; {@code --guard NAME=off} turns it off by its word. */
public enum Guard implements Word {
    NON_FINITE(
            "non-finite",
            "makes no update from a loss or gradient norm that is not finite, and stops at the second in a row"),
    GRAD_NORM("grad-norm", "stops when the gradient norm before clipping is over 10 in three consecutive records"),
    GRAD_NORM_Z(
            "grad-norm-z",
            "stops when the gradient norm is 4 standard deviations high for three steps while the loss rises"),
    DIVERGED(
            "diverged",
            "stops when the last losses are far above the first ones, or three in a row far above what the loss had been"),
    LOSS_ZERO("loss-zero", "reports a loss of exactly 0"),
    LOSS_RISING("loss-rising", "reports a smoothed loss that rises"),
    LOSS_JUMP("loss-jump", "reports a loss that jumps up for a step or a few and comes back"),
    STILL_WEIGHTS("still-weights", "reports that hardly a weight changes in a step"),
    RATE_WITHOUT_EFFECT("rate-without-effect", "reports that two rates give the same losses, in the self-test"),
    EARLY_STOP("early-stop", "stops when the validation no longer gets better, and tries a recovery");

    private static final Set<Guard> NEED_VALIDATION = Set.of(EARLY_STOP);

    private final String word;
    private final String does;

    Guard(String word, String does) {
        this.word = word;
        this.does = does;
    }

    @Override
    public String word() {
        return word;
    }

    /** What it does, as the rest of a sentence that begins with its name. */
    public String does() {
        return does;
    }

    /** Whether it may be turned off: all but the one that keeps NaN out of the weights. */
    public boolean isOptional() {
        return this != NON_FINITE;
    }

    /** Whether it judges evaluations, so that it needs validation data. */
    public boolean needsValidation() {
        return NEED_VALIDATION.contains(this);
    }

    /** Whether it is on when nobody says anything: all are, but that each profile has its own rule for the norm. */
    public boolean isStandard(RuleProfile profile) {
        return switch (this) {
            case GRAD_NORM -> profile == RuleProfile.CLASSIC;
            case GRAD_NORM_Z -> profile == RuleProfile.EVIDENCE;
            default -> true;
        };
    }
}
