package dev.stride.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

    private static final int MAX_PROBLEMS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

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
        String[] texts = texts(file);
        List<Vote> votes = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < texts.length; i++) {
            if (texts[i].isBlank()) {
                continue;
            }
            JsonNode json;
            try {
                json = JSON.readTree(texts[i]);
            } catch (JsonProcessingException e) {
                if (i < texts.length - 1) {
                    problems.add(problem(file, i, "not JSON: " + e.getOriginalMessage()));
                }
                continue;
            }
            try {
                votes.add(Vote.fromJson(json));
            } catch (IllegalArgumentException e) {
                problems.add(problem(file, i, String.valueOf(e.getMessage())));
            }
        }
        if (!problems.isEmpty()) {
            int shown = Math.min(MAX_PROBLEMS, problems.size());
            throw new UserException(
                    file + " has " + problems.size() + " bad lines; the first " + shown + ":",
                    problems.subList(0, shown));
        }
        return votes;
    }

    private static Problem problem(Path file, int index, String what) {
        return Problem.of(file + ":" + (index + 1), what, "one vote a line, as stride rate writes it");
    }

    private static String[] texts(Path file) {
        if (!Files.exists(file)) {
            return new String[0];
        }
        try {
            // a torn line may end inside a character, so bad bytes are replaced here and the line refused as JSON
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
