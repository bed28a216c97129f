package dev.stride.search;

import dev.stride.config.UserException;
import dev.stride.experiment.JsonLines;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The votes of a sweep's folder. */
public final class Votes {
    /** The file's name in a sweep's folder. */
    public static final String FILE = "ratings.jsonl";

    private Votes() {}

    private record Key(String rater, Vote.Pair pair) {}

    /**
     * The votes that stand, in the order in which they were given: what was taken back is left out, and so is a second one
     * of the same rater about the same pair.
     *
     * @throws UserException with the first bad lines as file:line
     */
    public static List<Vote> read(Path sweepFolder) {
        return standing(lines(sweepFolder.resolve(FILE)));
    }

    /** Those that stand, of all lines in their order. */
    public static List<Vote> standing(List<Vote> lines) {
        Map<Key, Deque<Integer>> given = new HashMap<>();
        Set<Integer> kept = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            Vote vote = lines.get(i);
            Deque<Integer> before =
                    given.computeIfAbsent(new Key(vote.rater(), vote.pair()), key -> new ArrayDeque<>());
            if (vote.choice() != Vote.Choice.UNDO) {
                if (before.isEmpty()) {
                    kept.add(i);
                }
                before.addLast(i);
            } else if (!before.isEmpty()) {
                before.forEach(kept::remove);
                before.clear();
            }
        }
        List<Vote> standing = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (kept.contains(i)) {
                standing.add(lines.get(i));
            }
        }
        return standing;
    }

    /**
     * All lines of a file, those that take others back too; none where it is absent. A half-written last line is left
     * out.
     *
     * @throws UserException with the first bad lines as file:line
     */
    public static List<Vote> lines(Path file) {
        return JsonLines.read(file, Vote::fromJson, "one vote a line, as stride rate writes it");
    }
}
