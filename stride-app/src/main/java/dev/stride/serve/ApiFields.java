package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** The keys of a request to the API; what is wrong with them is collected and told at once. */
final class ApiFields {
    private static final int MOST_PROBLEMS = 20;
    private static final int MOST_SHOWN = 100;

    private final JsonNode body;
    private final List<String> problems = new ArrayList<>();
    private String first = "";
    private int untold;

    /**
     * @param used keys that are read
     * @param idle keys of OpenAI's API that change nothing here and are accepted
     * @param absent keys of OpenAI's API that cannot be honoured, with the values that ask for nothing
     */
    ApiFields(JsonNode body, Set<String> used, Set<String> idle, Map<String, Set<String>> absent) {
        this.body = body;
        Set<String> known = new TreeSet<>(used);
        known.addAll(idle);
        known.addAll(absent.keySet());
        body.fieldNames().forEachRemaining(key -> {
            Set<String> neutral = absent.get(key);
            if (!known.contains(key)) {
                problem(key, "unknown", "the keys of OpenAI's API and top_k" + meant(key, known));
            } else if (neutral != null
                    && !isNull(key)
                    && !neutral.contains(body.get(key).toString())) {
                problem(
                        key,
                        body.get(key).toString(),
                        "it is not supported: leave it out"
                                + (neutral.isEmpty() ? "" : " or give " + String.join(" or ", neutral)));
            }
        });
    }

    /** What was given, as far as it is worth to be said again. */
    static String shown(String given) {
        return given.length() <= MOST_SHOWN ? given : given.substring(0, MOST_SHOWN) + "...";
    }

    private static String meant(String key, Collection<String> known) {
        String advice = key.length() > MOST_SHOWN ? "" : Nearest.advice(key, known);
        return advice.isEmpty() ? "" : ". " + advice;
    }

    /** A key that is not there, or null, which clients send for what was not given. */
    boolean isNull(String key) {
        return !body.hasNonNull(key);
    }

    JsonNode get(String key) {
        return body.path(key);
    }

    void problem(String key, String given, String allowed) {
        String named = shown(key);
        if (first.isEmpty()) {
            first = named;
        }
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(named + ": " + shown(given) + "; allowed: " + allowed);
        } else {
            untold++;
        }
    }

    OptionalDouble number(String key, double least, double most) {
        if (isNull(key)) {
            return OptionalDouble.empty();
        }
        JsonNode value = body.get(key);
        double number = value.doubleValue();
        if (!value.isNumber() || !(number >= least && number <= most)) {
            problem(key, value.toString(), plain(least) + " to " + plain(most));
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(number);
    }

    OptionalLong whole(String key, long least, long most) {
        if (isNull(key)) {
            return OptionalLong.empty();
        }
        JsonNode value = body.get(key);
        if (!value.canConvertToExactIntegral()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            problem(
                    key,
                    value.toString(),
                    "a whole number"
                            + (most == Long.MAX_VALUE ? " from " + least + " on" : " from " + least + " to " + most));
            return OptionalLong.empty();
        }
        return OptionalLong.of(value.longValue());
    }

    boolean truth(String key) {
        if (isNull(key)) {
            return false;
        }
        JsonNode value = body.get(key);
        if (!value.isBoolean()) {
            problem(key, value.toString(), "true or false");
        }
        return value.asBoolean(false);
    }

    /** A text that must be there; empty, with a problem, where it is not. */
    String text(String key) {
        JsonNode value = body.path(key);
        if (!value.isTextual()) {
            problem(key, value.isMissingNode() ? "nothing" : value.toString(), "a text");
        }
        return value.asText("");
    }

    /** One text or several. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (isNull(key)) {
            return texts;
        }
        JsonNode value = body.get(key);
        for (JsonNode item : value.isArray() ? value : List.of(value)) {
            if (!item.isTextual()) {
                problem(key, value.toString(), "a text or an array of texts");
                return List.of();
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    /** @throws Wrong with all problems, if there are any */
    void check() throws Wrong {
        if (!problems.isEmpty()) {
            String all = String.join("\n", problems) + (untold == 0 ? "" : "\nand " + untold + " more");
            throw new Wrong(400, all, Map.of(), first, "invalid_value");
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
