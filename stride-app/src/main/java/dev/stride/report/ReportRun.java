package dev.stride.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run as a report shows it: plain numbers and words.
 *
 * @param name how the run is called, for example {@code lr 2e-5}
 * @param planned the rate planned for each update, or for as many of them as draw its shape; may be empty
 * @param events everything that happened, in its order
 * @param samples generated texts, in their order
 * @param ledger the numbers of the plan with their reasons
 * @param warnings what the user should know
 * @param environment facts about the machine and the software, by name
 * @param result how the run ended, or null while it runs
 * @param clip largest global norm that gradients keep; null where unknown or where they are not clipped
 * @param verdicts what its curve shows, the most important first; may be empty
 * @param otherProfile what the plan's other profile would have chosen, or null where the plan does not say
 */
public record ReportRun(
        String name,
        List<RatePoint> planned,
        List<RunEvent> events,
        List<SampleRecord> samples,
        List<LedgerEntry> ledger,
        List<String> warnings,
        Map<String, String> environment,
        @Nullable RunResult result,
        @Nullable Double clip,
        List<BilingualText> verdicts,
        @Nullable OtherProfile otherProfile) {
    public ReportRun {
        planned = List.copyOf(planned);
        events = List.copyOf(events);
        samples = List.copyOf(samples);
        ledger = List.copyOf(ledger);
        warnings = List.copyOf(warnings);
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        verdicts = List.copyOf(verdicts);
        if (clip != null && !(clip > 0)) {
            throw new IllegalArgumentException("gradients cannot be clipped to " + clip);
        }
    }

    /** A run of which neither the clip, nor verdicts, nor another profile's choices are known. */
    public ReportRun(
            String name,
            List<RatePoint> planned,
            List<RunEvent> events,
            List<SampleRecord> samples,
            List<LedgerEntry> ledger,
            List<String> warnings,
            Map<String, String> environment,
            @Nullable RunResult result) {
        this(name, planned, events, samples, ledger, warnings, environment, result, null, List.of(), null);
    }

    /**
     * The run of a folder, under a name. Of {@code plan.json} these keys are read, each of which may be absent:
     * {@code "planned_lr": [[step, lr], ...]}, {@code "ledger": [{"name", "value", "reason"}, ...]},
     * {@code "warnings": [text, ...]}, {@code "environment": {name: value, ...}}, {@code "clip"} (0: none) and
     * {@code "other_profile": {"name", "choices": [{"name", "value", "reason"}, ...]}}.
     *
     * @throws UserException if one of them has another form
     */
    public static ReportRun of(String name, RunRecord record) {
        JsonNode plan = record.plan();
        List<RatePoint> planned = new ArrayList<>();
        for (JsonNode point : plan.path("planned_lr")) {
            require(
                    record,
                    point.size() == 2
                            && point.path(0).isIntegralNumber()
                            && point.path(1).isNumber(),
                    point);
            planned.add(new RatePoint(point.path(0).longValue(), point.path(1).doubleValue()));
        }
        List<String> warnings = new ArrayList<>();
        for (JsonNode warning : plan.path("warnings")) {
            require(record, warning.isTextual(), warning);
            warnings.add(warning.textValue());
        }
        Map<String, String> environment = new LinkedHashMap<>();
        plan.path("environment").properties().forEach(fact -> {
            require(record, fact.getValue().isValueNode(), fact.getValue());
            environment.put(fact.getKey(), words(fact.getValue()));
        });
        JsonNode clip = plan.path("clip");
        require(record, clip.isMissingNode() || (clip.isNumber() && clip.doubleValue() >= 0), clip);
        return new ReportRun(
                name,
                planned,
                record.events(),
                record.samples(),
                entries(record, plan.path("ledger"), "value"),
                warnings,
                environment,
                record.result(),
                clip.asDouble() > 0 ? clip.doubleValue() : null,
                List.of(),
                otherProfile(record, plan.path("other_profile")));
    }

    /** The run of a folder, under the folder's name. */
    public static ReportRun of(RunRecord record) {
        return of(record.name(), record);
    }

    private static List<LedgerEntry> entries(RunRecord record, JsonNode nodes, String value) {
        List<LedgerEntry> entries = new ArrayList<>();
        for (JsonNode entry : nodes) {
            require(
                    record,
                    entry.path("name").isTextual() && entry.path("reason").isTextual(),
                    entry);
            require(record, entry.path(value).isValueNode(), entry);
            entries.add(new LedgerEntry(
                    entry.path("name").textValue(),
                    words(entry.path(value)),
                    entry.path("reason").textValue()));
        }
        return entries;
    }

    private static @Nullable OtherProfile otherProfile(RunRecord record, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        require(record, node.path("name").isTextual() && node.path("choices").isArray(), node);
        List<LedgerEntry> ledger = new ArrayList<>();
        for (LedgerEntry factor : entries(record, node.path("ledger"), "factor")) {
            ledger.add(new LedgerEntry("lr: " + factor.name(), factor.value(), factor.reason()));
        }
        List<LedgerEntry> choices = new ArrayList<>();
        List<LedgerEntry> read = entries(record, node.path("choices"), "value");
        for (int i = 0; i < read.size(); i++) {
            LedgerEntry choice = read.get(i);
            JsonNode insteadOf = node.path("choices").get(i).path("instead_of");
            choices.add(
                    insteadOf.isMissingNode()
                            ? choice
                            : new LedgerEntry(
                                    choice.name(),
                                    choice.value() + " instead of " + words(insteadOf),
                                    choice.reason()));
        }
        return new OtherProfile(
                node.path("name").textValue(),
                ledger,
                choices,
                node.path("refusal").asText(""));
    }

    /** The same run with another plan of its rate. */
    public ReportRun withPlanned(List<RatePoint> rates) {
        return new ReportRun(
                name, rates, events, samples, ledger, warnings, environment, result, clip, verdicts, otherProfile);
    }

    /** The same run with what its curve shows. */
    public ReportRun withVerdicts(List<BilingualText> texts) {
        return new ReportRun(
                name, planned, events, samples, ledger, warnings, environment, result, clip, texts, otherProfile);
    }

    /** The updates that were made. */
    public List<StepEvent> steps() {
        return events(StepEvent.class);
    }

    /** The evaluations. */
    public List<EvalEvent> evals() {
        return events(EvalEvent.class);
    }

    private <T extends RunEvent> List<T> events(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static String words(JsonNode value) {
        return value.isFloatingPointNumber() ? Numbers.compact(value.doubleValue()) : value.asText();
    }

    private static void require(RunRecord record, boolean condition, JsonNode found) {
        if (!condition) {
            throw new UserException(
                    record.folder().resolve(RunStore.PLAN) + " has an entry that a report cannot show: " + found);
        }
    }
}
