package dev.stride.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.search.PeopleScores;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sweep's folder read back for its page, also while the sweep still runs. */
public final class SweepFile {
    private SweepFile() {}

    /** Whether a folder holds a sweep. */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(SweepResult.FILE));
    }

    /**
     * Reads {@code sweep.json}, the trials' folders and people's votes.
     *
     * @throws UserException if a file cannot be read, or a trial lies elsewhere
     */
    public static SweepData read(Path folder) {
        SweepResult sweep = SweepResult.read(folder);
        List<Problem> problems = new ArrayList<>();
        if (sweep.trials().isEmpty()) {
            problems.add(Problem.of("trials", "none", "at least one trial"));
        }
        List<SweepData.Trial> trials = new ArrayList<>();
        for (SweepTrial trial : sweep.trials()) {
            Path run = folder.resolve(trial.folder()).normalize();
            if (run.startsWith(folder.normalize())) {
                trials.add(trial(trial, run));
            } else {
                problems.add(Problem.of(trial.name(), trial.folder(), "a folder inside the sweep's"));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException(folder.resolve(SweepResult.FILE) + " cannot be shown", problems);
        }
        return new SweepData(
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                sweep.vary().word(),
                sweep.metric().name(),
                sweep.metric().higherIsBetter(),
                sweep.weights(),
                settings(sweep.toJson().path("settings")),
                trials,
                sweep.updates(),
                sweep.basin(),
                answer(sweep),
                sweep.course().stream()
                        .map(said -> new BilingualText(said.english(), said.chinese()))
                        .toList(),
                sweep.warnings(),
                List.of(),
                people(folder, sweep),
                true);
    }

    private static SweepData.Trial trial(SweepTrial trial, Path run) {
        return new SweepData.Trial(
                trial.name(),
                trial.folder(),
                trial.lr(),
                trial.value(),
                trial.seed(),
                trial.status(),
                trial.steps(),
                trial.plannedSteps(),
                trial.reason(),
                trial.metrics(),
                trial.best(),
                trial.origin() == SweepTrial.Origin.GROWN,
                trial.forked(),
                trial.seconds(),
                trial.cooldowns(),
                EventReader.isRun(run) ? ReportRun.of(trial.name(), EventReader.read(run)) : null);
    }

    /** Settings as people read them. */
    private static Map<String, String> settings(JsonNode node) {
        Map<String, String> words = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            words.put(
                    entry.getKey(),
                    value.isFloatingPointNumber() ? Numbers.compact(value.doubleValue()) : value.asText());
        });
        return words;
    }

    private static SweepData.@Nullable Answer answer(SweepResult sweep) {
        SweepAnswer answer = sweep.answer();
        if (answer == null || answer.sentence().isEmpty()) {
            return null;
        }
        // what is as good as the best is a range of rates alone; of anything else it is a list
        boolean rates = sweep.vary() == SweepResult.Vary.LR;
        return new SweepData.Answer(
                rates ? answer.lr() : number(answer.value()),
                rates ? answer.low() : Double.NaN,
                rates ? answer.high() : Double.NaN,
                answer.decided(),
                new BilingualText(
                        answer.sentence(), answer.sentenceZh().isEmpty() ? answer.sentence() : answer.sentenceZh()),
                answer.restsOn(),
                answer.command());
    }

    private static double number(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException notANumber) {
            // mixtures of data have no number
            return Double.NaN;
        }
    }

    /** What people said of each value that anybody judged, by the name of its trial where that is alone. */
    private static List<SweepData.People> people(Path folder, SweepResult sweep) {
        List<SweepData.People> people = new ArrayList<>();
        PeopleScores.read(folder, sweep.trials()).ifPresent(scores -> {
            for (PeopleScores.Standing standing : scores.standings()) {
                List<String> names = sweep.trials().stream()
                        .filter(trial -> trial.value().equals(standing.value()))
                        .map(SweepTrial::name)
                        .toList();
                if (standing.votes() > 0) {
                    people.add(new SweepData.People(
                            names.size() == 1 ? names.get(0) : standing.value(),
                            standing.share().value(),
                            standing.share().low(),
                            standing.share().high(),
                            standing.votes()));
                }
            }
        });
        return people;
    }
}
