package dev.stride.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares the plan that a run began with and the one that it would go on with: what decides a number must be equal. */
final class PlanChange {
    private static final List<String> DECIDING = List.of(
            "/updates/value",
            "/batch/value",
            "/max_tokens/value",
            "/precision/value",
            "/schedule/form",
            "/schedule/shape",
            "/schedule/warmup_steps",
            "/schedule/peak",
            "/optimizer/beta1",
            "/optimizer/beta2/value",
            "/optimizer/eps",
            "/optimizer/weight_decay/value",
            "/optimizer/clip/value");

    private static final String CURVE = "planned_lr";

    private PlanChange() {}

    /** What differs; numbers that an older plan does not have are not compared. */
    static List<Problem> problems(JsonNode began, ObjectNode now) {
        List<Problem> problems = new ArrayList<>();
        for (String path : DECIDING) {
            compare(problems, path.substring(1).replace("/value", "").replace('/', '.'), began.at(path), now.at(path));
        }
        Map<String, JsonNode> before = peaks(began);
        Map<String, JsonNode> after = peaks(now);
        if (!before.isEmpty() && !before.equals(after)) {
            problems.add(problem("peaks of the groups", text(after), text(before)));
        }
        if (problems.isEmpty() && began.has(CURVE) && !text(began.path(CURVE)).equals(text(now.path(CURVE)))) {
            problems.add(problem("the planned curve", "another", "that of plan.json"));
        }
        return problems;
    }

    /** Does nothing if they are equal. */
    static void refuse(JsonNode began, RunPlan plan) {
        List<Problem> problems = problems(began, plan.toJson());
        if (!problems.isEmpty()) {
            throw new UserException(
                    "a run goes on only by the plan that it began with; the data, the device or the program is another"
                            + " now. --hardware and --precision name what the run began with; a new run may start from"
                            + " its checkpoint (--init-adapter or --model)",
                    problems);
        }
    }

    private static void compare(List<Problem> problems, String name, JsonNode began, JsonNode now) {
        if (!began.isMissingNode() && !text(began).equals(text(now))) {
            problems.add(problem(name, text(now), text(began)));
        }
    }

    private static Problem problem(String name, String now, String began) {
        return new Problem("plan: " + name, now, began + ", as the run began", "", "");
    }

    private static Map<String, JsonNode> peaks(JsonNode plan) {
        Map<String, JsonNode> peaks = new LinkedHashMap<>();
        plan.path("groups").forEach(group -> peaks.put(group.path("name").asText(), group.path("peak")));
        return peaks;
    }

    private static String text(JsonNode node) {
        // every digit, since numbers that print alike may differ; 4.5E-6 is Java's spelling of 4.5e-6
        return node.isTextual()
                ? node.textValue()
                : node.isNumber() ? node.toString().replace('E', 'e') : node.toString();
    }

    private static String text(Map<String, JsonNode> peaks) {
        List<String> texts = new ArrayList<>();
        peaks.forEach((name, peak) -> texts.add(name + " " + text(peak)));
        return String.join(", ", texts);
    }
}
