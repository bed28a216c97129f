package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.search.SweepTrial;
import java.util.List;
import java.util.Locale;

/**
 * The branches of a sweep's page that were cooled down on their way: what each came to at its end, beside what its trial had
 * where it left it. One row a branch, the early ones first.
 */
final class SweepCooldowns {
    private final SweepData data;

    /** The metric of the branches' ends: a combined score is not known on the way, and the loss stands in for it. */
    private final String metric;

    SweepCooldowns(SweepData data) {
        this.data = data;
        this.metric = data.weights().isEmpty() ? data.metric() : "loss";
    }

    boolean isEmpty() {
        return data.trials().stream().allMatch(trial -> trial.cooldowns().isEmpty());
    }

    /** The table, and what the branches took and spared. */
    void draw(Markup page) {
        page.open("div", "class", "scroll").open("table", "class", "facts cooldowns");
        page.open("thead").open("tr");
        for (Words heading : List.of(Words.TRIAL, Words.COOLED_FROM, Words.COOLED_TO)) {
            page.open("th", "scope", "col").words(heading).close();
        }
        for (Words heading : List.of(Words.COOLED_END, Words.COOLED_TRUNK)) {
            page.open("th", "scope", "col");
            page.both(
                    heading.in(Language.ENGLISH, name(Language.ENGLISH)),
                    heading.in(Language.CHINESE, name(Language.CHINESE)));
            page.close();
        }
        page.close().close().open("tbody").line();
        long made = 0;
        for (long step : steps()) {
            double best = best(step);
            for (SweepData.Trial trial : data.trials()) {
                for (SweepTrial.Cooldown branch : trial.cooldowns()) {
                    if (branch.step() == step) {
                        made += branch.end() - branch.step();
                        row(page, trial, branch, best);
                    }
                }
            }
        }
        page.close().close().close();
        page.open("p", "class", "note").words(Words.COOLED_NOTE);
        page.text(" ").words(Words.COOLED_SAVED, made, data.updates().saved().getOrDefault("trunk", 0L));
        page.close();
    }

    private void row(Markup page, SweepData.Trial trial, SweepTrial.Cooldown branch, double best) {
        boolean isBest = Double.compare(branch.value(), best) == 0;
        page.open("tr").element("th", trial.name(), "scope", "row", "class", "given");
        page.element("td", Long.toString(branch.step()), "class", "number");
        page.element("td", Long.toString(branch.end()), "class", "number");
        page.element("td", print(branch.value()), "class", isBest ? "number best" : "number");
        page.element("td", print(trunk(trial, branch.step())), "class", "number");
        page.close().line();
    }

    private List<Long> steps() {
        return data.trials().stream()
                .flatMap(trial -> trial.cooldowns().stream().map(SweepTrial.Cooldown::step))
                .distinct()
                .sorted()
                .toList();
    }

    /** The best end of the branches from a step; NaN where none is finite. */
    private double best(long step) {
        double best = Double.NaN;
        for (SweepData.Trial trial : data.trials()) {
            for (SweepTrial.Cooldown branch : trial.cooldowns()) {
                boolean better = isLoss()
                        ? Double.isFinite(branch.value()) && !(branch.value() >= best)
                        : data.isBetter(branch.value(), best);
                best = branch.step() == step && better ? branch.value() : best;
            }
        }
        return best;
    }

    private boolean isLoss() {
        return metric.equals("loss");
    }

    /** What a trial had at its last evaluation up to a step; NaN where it had none. */
    private double trunk(SweepData.Trial trial, long step) {
        ReportRun run = trial.run();
        double value = Double.NaN;
        for (RunEvent event : run == null ? List.<RunEvent>of() : run.events()) {
            if (event instanceof EvalEvent eval && eval.step() <= step) {
                value = isLoss() ? eval.loss() : eval.scores().getOrDefault(metric, Double.NaN);
            }
        }
        return value;
    }

    private String print(double value) {
        return SweepTable.print(data, metric, value);
    }

    private String name(Language language) {
        return isLoss() ? Words.LEGEND_EVAL.in(language) : metric.toUpperCase(Locale.ROOT);
    }
}
