package dev.stride.config;

/** When a plateau is long enough for a cut of the rate; the two libraries count differently. */
public enum PlateauConvention implements Word {
    /** PyTorch's ReduceLROnPlateau: more bad evaluations than the patience. */
    TORCH("torch"),
    /** Keras' ReduceLROnPlateau: as many bad evaluations as the patience, and at least one. */
    KERAS("keras");

    private final String word;

    PlateauConvention(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }

    /** Bad evaluations in a row that cut the rate: 2 for a patience of 1 in torch, 1 in keras. */
    public int evaluationsToCut(int patience) {
        return this == TORCH ? Math.addExact(patience, 1) : Math.max(1, patience);
    }
}
