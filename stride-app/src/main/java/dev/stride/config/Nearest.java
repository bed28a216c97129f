package dev.stride.config;

import java.util.Collection;
import java.util.Comparator;

/** The known name that is nearest to a misspelt one. */
public final class Nearest {
    private Nearest() {}

    /** A sentence that offers the nearest name, empty if none is near. */
    public static String advice(String word, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(name -> distance(word, name)))
                .filter(name -> distance(word, name) <= Math.max(2, name.length() / 3))
                .map(name -> "Did you mean " + name + "?")
                .orElse("");
    }

    /** Insertions, deletions and replacements from one to the other (Levenshtein). */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
