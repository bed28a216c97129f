package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sweeps that single tests need, and the pages of enough of them to show every word. */
@SuppressWarnings("NullAway") // parts of a record of another class are not seen to be nullable
final class SweepPages {
    static final BilingualText SENTENCE = new BilingualText("Use 1e-3.", "建议使用 1e-3。");

    private SweepPages() {}

    static SweepData.Trial trial(double lr, long seed, SweepTrial.Status status, double loss) {
        String value = Numbers.scientific(lr);
        return new SweepData.Trial(
                "lr-" + value + "-s" + seed,
                "trials/lr-" + value,
                lr,
                value,
                seed,
                status,
                10,
                10,
                "",
                Double.isNaN(loss) ? Map.of() : Map.of("loss", loss),
                null,
                false,
                null,
                Double.NaN,
                List.of(),
                null);
    }

    static SweepData.Trial ranked(int rank, double bleu) {
        return new SweepData.Trial(
                "rank-" + rank,
                "trials/rank-" + rank,
                1e-3,
                "" + rank,
                1,
                SweepTrial.Status.FINISHED,
                10,
                10,
                "",
                Map.of("bleu-4", bleu, "loss", 2.0),
                null,
                false,
                null,
                3,
                List.of(),
                null);
    }

    static SweepData sweep(
            List<SweepData.Trial> trials, SweepResult.@Nullable FittedBasin basin, SweepData.@Nullable Answer answer) {
        return new SweepData(
                "sweep",
                "lr",
                "loss",
                false,
                Map.of(),
                Map.of("task", "dialogue"),
                trials,
                new SweepResult.Updates(30, 30, Map.of()),
                basin,
                answer,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                true);
    }

    static SweepData.Answer answer(double value, boolean decided) {
        return new SweepData.Answer(value, Double.NaN, Double.NaN, decided, SENTENCE, "", "");
    }

    /** Every state of a trial, without a result. */
    static SweepData unfinished() {
        return sweep(
                List.of(
                        trial(1e-4, 1, SweepTrial.Status.WAITING, Double.NaN),
                        trial(3e-4, 1, SweepTrial.Status.RUNNING, Double.NaN)),
                null,
                null);
    }

    /** Two seeds of each of three rates, undecided, best at the edge. */
    static SweepData seeds() {
        return sweep(
                List.of(
                        trial(1e-4, 1, SweepTrial.Status.FINISHED, 2.0),
                        trial(1e-4, 2, SweepTrial.Status.FINISHED, 2.2),
                        trial(3e-4, 1, SweepTrial.Status.FINISHED, 1.5),
                        trial(3e-4, 2, SweepTrial.Status.FINISHED, 1.7),
                        trial(1e-3, 1, SweepTrial.Status.FINISHED, 1.2),
                        trial(1e-3, 2, SweepTrial.Status.FAILED, Double.NaN)),
                new SweepResult.FittedBasin(3e-3, 0.5, true),
                answer(1e-3, false));
    }

    /** Ranks, by a score of which more is better, with people. */
    static SweepData ranks() {
        SweepData data = sweep(List.of(ranked(4, 0.3), ranked(8, 0.4), ranked(16, 0.39)), null, answer(8, true));
        return new SweepData(
                data.title(),
                "lora-rank",
                "bleu-4",
                true,
                Map.of("bleu-4", 0.8, "people", 0.2),
                data.settings(),
                data.trials(),
                data.updates(),
                null,
                data.answer(),
                List.of(),
                List.of(),
                List.of(new SweepData.Spread("rank-4", 0.25, 0.35)),
                List.of(new SweepData.People("rank-8", 0.61, 0.5, 0.7, 40)),
                true);
    }

    /** Results that do not bend. */
    static SweepData flat() {
        return sweep(
                List.of(
                        trial(1e-4, 1, SweepTrial.Status.FINISHED, 2.0),
                        trial(3e-4, 1, SweepTrial.Status.INTERRUPTED, 2.0)),
                null,
                answer(1e-4, false));
    }

    /** Two trials that were cooled at steps 4 and 8 of 16, the second at the first of them alone, with what that spared. */
    static SweepData trunk() {
        List<SweepData.Trial> trials = List.of(
                cooled(
                        1e-3,
                        List.of(
                                new SweepTrial.Cooldown("trials/a", 4, 5, 2.5),
                                new SweepTrial.Cooldown("b", 8, 9, 1.9)),
                        2.75),
                cooled(3e-3, List.of(new SweepTrial.Cooldown("trials/c", 4, 5, 2.875)), 3.125));
        SweepData data = sweep(trials, null, answer(1e-3, true));
        return new SweepData(
                data.title(),
                data.vary(),
                data.metric(),
                data.higherIsBetter(),
                data.weights(),
                data.settings(),
                data.trials(),
                new SweepResult.Updates(23, 32, Map.of("pruning", 12L, "trunk", 16L)),
                null,
                data.answer(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                true);
    }

    private static SweepData.Trial cooled(double lr, List<SweepTrial.Cooldown> cooldowns, double trunk) {
        SweepData.Trial plain = trial(lr, 1, SweepTrial.Status.FINISHED, 1.8);
        ReportRun run = new ReportRun(
                plain.name(),
                List.of(),
                List.of(
                        new EvalEvent(2, 4.5, 100, Map.of(), 1),
                        new EvalEvent(4, trunk, 100, Map.of(), 1),
                        new EvalEvent(16, 1.8, 100, Map.of(), 1)),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                null);
        return new SweepData.Trial(
                plain.name(),
                plain.folder(),
                lr,
                plain.value(),
                1,
                plain.status(),
                16,
                16,
                "",
                plain.metrics(),
                null,
                false,
                null,
                3,
                cooldowns,
                run);
    }

    /** The pages of all. */
    static String all(SweepData synthetic) {
        StringBuilder pages = new StringBuilder();
        for (SweepData data :
                List.of(synthetic, synthetic.withoutTexts(), unfinished(), seeds(), ranks(), flat(), trunk())) {
            pages.append(SweepReport.render(data, Language.ENGLISH));
        }
        return pages.toString();
    }
}
