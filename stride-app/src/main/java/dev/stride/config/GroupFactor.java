package dev.stride.config;

import java.util.regex.Pattern;

/**
 * A factor on the rate of all parameters whose names match a pattern. Written {@code *.mlp.*=0.5}.
 *
 * @param pattern a whole name, in which {@code *} stands for any characters and {@code ?} for one
 * @param factor above 0
 */
public record GroupFactor(String pattern, double factor) {
    public GroupFactor {
        if (pattern.isBlank() || !(factor > 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException(pattern + "=" + factor);
        }
    }

    /** Whether it means the parameter of this name. */
    public boolean matches(String name) {
        StringBuilder regex = new StringBuilder();
        for (char c : pattern.toCharArray()) {
            regex.append(
                    switch (c) {
                        case '*' -> ".*";
                        case '?' -> ".";
                        default -> Pattern.quote(String.valueOf(c));
                    });
        }
        return name.matches(regex.toString());
    }
}
