package dev.stride.config;

/**
 * One thing that is wrong with what the user gave, in the one form that every room uses.
 *
 * @param where the path of the knob ({@code schedule.warmup}) or the place in a file ({@code train.jsonl:17})
 * @param given what was found there
 * @param allowed what may stand there
 * @param origin who said it: a flag, a line of a YAML file, a recipe; empty when {@code where} tells
 * @param advice what to do, for example the nearest name; empty when {@code allowed} tells
 */
public record Problem(String where, String given, String allowed, String origin, String advice) {
    /** A problem whose place and allowed values say enough. */
    public static Problem of(String where, String given, String allowed) {
        return new Problem(where, given, allowed, "", "");
    }

    /** One line for people. */
    public String toLine() {
        StringBuilder line = new StringBuilder(where).append(": ").append(given);
        if (!allowed.isEmpty()) {
            line.append("; allowed: ").append(allowed);
        }
        if (!origin.isEmpty()) {
            line.append(" (from ").append(origin).append(')');
        }
        if (!advice.isEmpty()) {
            line.append(". ").append(advice);
        }
        return line.toString();
    }
}
