package dev.stride.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files of this machine as names: what is passed on says {@code held-out.jsonl}, not in whose folder it lies.
 *
 * <p>Paths in quotes and after {@code key: } are found first, since they may hold spaces, and then replaced wherever they
 * stand; after them everything that has the form of an absolute path.
 */
final class SharedText {
    /** A whole scalar that is an absolute path, of Unix or Windows; JSON doubles the backslashes. */
    private static final Pattern QUOTED = Pattern.compile("[\"'](/[^\"'\\n]+|[A-Za-z]:(?:\\\\|/)[^\"'\\n]+)[\"']");

    private static final Pattern VALUE =
            Pattern.compile("(?m)[:\\-] +(/[^\\n\"'#]*[^\\s\"'#]|[A-Za-z]:\\\\[^\\n\"'#]*[^\\s\"'#])\\s*(?:#.*)?$");

    private static final Pattern UNIX = Pattern.compile("(?<![\\w.~/<-])~?(?:/[^\\s/\"'`,;:()\\[\\]{}<>|\\\\]+)+/?");
    private static final Pattern WINDOWS = Pattern.compile(
            "(?<![A-Za-z])[A-Za-z]:\\\\{1,2}(?:[^\\s\\\\/\"',;:()<>|]+\\\\{1,2})*[^\\s\\\\/\"',;:()<>|]*");

    /** The share of a file's rows behind its name. */
    private static final Pattern WEIGHT = Pattern.compile(":[0-9.]+$");

    private final List<String> known;

    private SharedText(List<String> known) {
        this.known = known;
    }

    /** What knows the paths that stand in these texts. */
    static SharedText of(List<String> texts) {
        Set<String> paths = new LinkedHashSet<>();
        for (String text : texts) {
            for (Pattern pattern : List.of(QUOTED, VALUE)) {
                Matcher matcher = pattern.matcher(text);
                while (matcher.find()) {
                    String path = WEIGHT.matcher(matcher.group(1)).replaceFirst("");
                    if (path.length() > 2) {
                        paths.add(path);
                    }
                }
            }
        }
        List<String> longest = new ArrayList<>(paths);
        longest.sort(Comparator.comparingInt(String::length).reversed());
        return new SharedText(longest);
    }

    /** The text with every path reduced to its last name. */
    String clean(String text) {
        String clean = text;
        for (String path : known) {
            // a longer path that begins so has a name of its own
            clean = Pattern.compile(Pattern.quote(path) + "(?![\\w/\\\\])")
                    .matcher(clean)
                    .replaceAll(Matcher.quoteReplacement(last(path)));
        }
        clean = UNIX.matcher(clean).replaceAll(found -> Matcher.quoteReplacement(last(found.group())));
        return WINDOWS.matcher(clean).replaceAll(found -> Matcher.quoteReplacement(last(found.group())));
    }

    private static String last(String path) {
        String[] names = path.split("[/\\\\]+");
        return names.length == 0 ? "" : names[names.length - 1];
    }
}
