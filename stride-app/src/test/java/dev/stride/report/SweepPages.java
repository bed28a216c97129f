package dev.stride.report;

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

    /** The pages of all. */
    static String all(SweepData synthetic) {
        StringBuilder pages = new StringBuilder();
        for (SweepData data : List.of(synthetic, synthetic.withoutTexts(), unfinished(), seeds(), ranks(), flat())) {
            pages.append(SweepReport.render(data, Language.ENGLISH));
        }
        return pages.toString();
    }
}
