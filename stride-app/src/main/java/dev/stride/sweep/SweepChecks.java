package dev.stride.sweep;

import dev.stride.config.Method;
import dev.stride.config.MetricWeight;
import dev.stride.config.Problem;
import dev.stride.config.PruneRule;
import dev.stride.config.RunConfig;
import dev.stride.config.ScheduleForm;
import dev.stride.config.ScheduleName;
import dev.stride.config.StopMetric;
import dev.stride.config.SweepConfig;
import dev.stride.config.SweptSetting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What cannot be asked of a sweep, though each of its settings is good by itself. */
final class SweepChecks {
    private SweepChecks() {}

    /** Everything that is wrong; empty where nothing is. */
    static List<Problem> problems(RunConfig asked) {
        SweepConfig sweep = asked.sweep();
        List<Problem> problems = new ArrayList<>();
        if (asked.data().val().isEmpty()) {
            problems.add(Problem.of("data.val", "missing", "validation data, which judges the trials: give --val"));
        }
        List<String> deciding = sweep.weights().isEmpty()
                ? List.of(sweep.metric().word())
                : sweep.weights().stream().map(MetricWeight::metric).toList();
        String where = sweep.weights().isEmpty() ? "sweep.metric" : "sweep.weights";
        if (deciding.equals(List.of(MetricWeight.PEOPLE))) {
            problems.add(Problem.of(where, MetricWeight.PEOPLE, "at least one metric of the evaluations beside it"));
        }
        for (String word : deciding) {
            @Nullable String wrong = word.equals(MetricWeight.PEOPLE) ? null : whyNot(asked, SweepPlan.metric(word));
            if (wrong != null) {
                problems.add(Problem.of(where, word, wrong));
            }
        }
        if (sweep.prune() == PruneRule.LAW
                && !deciding.contains(StopMetric.LOSS.word())
                && sweep.weights().isEmpty()) {
            problems.add(Problem.of(
                    "sweep.prune",
                    "law",
                    "a rule for " + deciding.get(0) + ": halving, median, auto, off;" + " the law is one of the loss"));
        }
        schedule(asked, problems);
        if (sweep.vary() != SweptSetting.LR) {
            values(asked, problems);
        }
        return problems;
    }

    private static @Nullable String whyNot(RunConfig asked, StopMetric metric) {
        if (metric == StopMetric.MACRO_F1) {
            return "a metric of which every row has its part: accuracy";
        }
        if (metric.needsTexts() && asked.eval().generateRows() == 0) {
            return "a metric without texts: loss; or give --val-generate";
        }
        return metric.task() != null && metric.task() != asked.task()
                ? "a metric of the task "
                        + (asked.task() == null ? "(none given)" : asked.task().word())
                : null;
    }

    private static void schedule(RunConfig asked, List<Problem> problems) {
        ScheduleName name = asked.schedule().name();
        boolean ours = asked.schedule().form() == ScheduleForm.NATIVE;
        if (asked.sweep().fork() && (!ours || name == ScheduleName.ONE_CYCLE)) {
            problems.add(Problem.of(
                    "sweep.fork",
                    "on",
                    "with a schedule of the native form whose warm-up is a straight line: not with "
                            + (ours
                                    ? ScheduleName.ONE_CYCLE.word()
                                    : "the form " + asked.schedule().form().word())));
        }
        if (asked.sweep().trunk() && (!ours || (name != null && name != ScheduleName.WSD))) {
            problems.add(
                    Problem.of(
                            "sweep.trunk",
                            "on",
                            "with --schedule wsd of the native form, or without --schedule: a branch leaves a rate that stays"));
        }
    }

    private static void values(RunConfig asked, List<Problem> problems) {
        SweepConfig sweep = asked.sweep();
        if (sweep.values().isEmpty()) {
            problems.add(Problem.of(
                    "sweep.values", "missing", "the values of " + sweep.vary().word() + ": give --values"));
        }
        if (sweep.vary() == SweptSetting.LORA_RANK && asked.tuning().method() != Method.LORA) {
            problems.add(Problem.of("sweep.vary", "lora-rank", "a sweep of method lora"));
        }
        for (String value : sweep.values()) {
            boolean good = sweep.vary() == SweptSetting.DATA
                    ? isMixture(value, asked.data().train().size())
                    : value.matches("[1-9]\\d{0,6}");
            if (!good) {
                problems.add(Problem.of(
                        "sweep.values",
                        value,
                        sweep.vary() == SweptSetting.DATA
                                ? "a weight for each of the "
                                        + asked.data().train().size()
                                        + " data files, separated by colons, one of them above 0: 1:0.2"
                                : "a whole number above 0"));
            }
        }
    }

    private static boolean isMixture(String value, int files) {
        String[] weights = value.split(":", -1);
        return weights.length == files
                && Arrays.stream(weights).allMatch(weight -> weight.matches("\\d{1,6}(\\.\\d{1,6})?"))
                && Arrays.stream(weights).anyMatch(weight -> Double.parseDouble(weight) > 0);
    }
}
