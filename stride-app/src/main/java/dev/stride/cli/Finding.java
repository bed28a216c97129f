package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * One thing that {@code stride doctor} looked at.
 *
 * @param name what it is
 * @param status how it is
 * @param found what was found, for people
 * @param advice what to do; empty where nothing is to be done
 */
record Finding(String name, Status status, String found, String advice) {
    enum Status {
        OK,
        /** It works, but slower or with less room than it could. */
        WARN,
        /** It is not there. */
        MISSING;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String name, String found) {
        return new Finding(name, Status.OK, found, "");
    }

    static Finding warn(String name, String found, String advice) {
        return new Finding(name, Status.WARN, found, advice);
    }

    static Finding missing(String name, String found, String advice) {
        return new Finding(name, Status.MISSING, found, advice);
    }

    /** One line, and a second with the advice. */
    String toText() {
        String line = String.format(Locale.ROOT, "%-8s %-18s %s", status.word(), name, found);
        return advice.isEmpty() ? line : line + "\n" + " ".repeat(28) + "-> " + advice;
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.put("name", name);
        node.put("status", status.word());
        node.put("found", found);
        node.put("advice", advice);
        return node;
    }
}
