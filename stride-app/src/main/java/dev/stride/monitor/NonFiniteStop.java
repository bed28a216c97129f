package dev.stride.monitor;

/**
 * The guard that is always on: no update is ever made from a loss or gradient norm that is not finite, or from a batch
 * without a trained token, and a second such step in a row ends the run. Clipping cannot repair a NaN.
 *
 * <p>Its only state is the count of bad steps in a row, which a checkpoint keeps.
 */
public final class NonFiniteStop {
    /** The name under which its verdicts are logged. */
    public static final String NAME = "non-finite";

    private static final int ALLOWED_IN_A_ROW = 1;

    private int badInARow;

    /** Bad steps in a row until now. */
    public int badInARow() {
        return badInARow;
    }

    /** Goes on from a saved count. */
    public void restore(int savedBadInARow) {
        badInARow = savedBadInARow;
    }

    /**
     * Judges a step before its update is made.
     *
     * @param trainedTokens of the update
     * @param loss mean over them
     * @param gradientNorm before clipping
     */
    public Verdict judge(long trainedTokens, double loss, double gradientNorm) {
        String wrong = wrong(trainedTokens, loss, gradientNorm);
        if (wrong.isEmpty()) {
            badInARow = 0;
            return new Verdict.Proceed();
        }
        badInARow++;
        return badInARow > ALLOWED_IN_A_ROW
                ? new Verdict.Stop(
                        wrong + ", the second bad step in a row; the weights are those of the last good step."
                                + " The usual cause is a learning rate that is too high, or float16 where bf16 or fp32 is needed.")
                : new Verdict.SkipUpdate(wrong + "; no update was made with it");
    }

    private static String wrong(long trainedTokens, double loss, double gradientNorm) {
        if (trainedTokens == 0) {
            return "the batch has no trained token";
        }
        if (!Double.isFinite(loss)) {
            return "the loss is " + loss;
        }
        return Double.isFinite(gradientNorm) ? "" : "the gradient norm is " + gradientNorm;
    }
}
