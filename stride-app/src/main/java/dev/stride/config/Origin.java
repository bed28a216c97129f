package dev.stride.config;

/**
 * Who said a value.
 *
 * @param kind the layer; a later one wins
 * @param text for people: {@code run.yaml:12}, {@code --lr}, {@code --set optimizer.lr}, {@code recipe dialogue},
 *     {@code default}
 */
public record Origin(Kind kind, String text) {
    /** The layers, in the order in which they win. */
    public enum Kind {
        DEFAULT,
        RECIPE,
        YAML,
        FLAG,
        SET
    }

    /** The value that stands when nobody says anything. */
    public static final Origin DEFAULT = new Origin(Kind.DEFAULT, "default");

    /** A recipe's value. */
    public static Origin recipe(String name) {
        return new Origin(Kind.RECIPE, "recipe " + name);
    }

    /** A value of a profile of rules. */
    static Origin profile(RuleProfile profile) {
        return new Origin(Kind.RECIPE, "profile " + profile.word());
    }

    /** Whether a person gave the value. */
    public boolean isGiven() {
        return kind.compareTo(Kind.YAML) >= 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
