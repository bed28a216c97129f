package dev.stride.sweep;

import dev.stride.config.ConfigReader;
import dev.stride.config.Knob;
import dev.stride.config.RunConfig;
import dev.stride.config.Setting;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.FolderLock;
import dev.stride.experiment.RunStore;
import dev.stride.search.AnswerSentence;
import dev.stride.search.PeopleScores;
import dev.stride.search.Rates;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a sweep from its folder alone: {@code sweep.json}, the rows and texts of its trials, and people's votes.
 * Nothing is trained, so the answer follows votes that came after the last update.
 */
public final class SweepJudge {
    private static final String SCHEDULE = "schedule.name";

    private SweepJudge() {}

    /**
     * Makes the answer of a folder again and writes {@code sweep.json} if it has changed. A sweep that still goes on is left
     * alone, and so is one whose rows are not there, such as one that was packed to be passed on.
     *
     * @return the sweep as its file now has it
     * @throws UserException if there is no sweep, or votes cannot be read
     */
    public static SweepResult again(Path folder) {
        SweepResult before = SweepResult.read(folder);
        boolean over = before.answer() != null
                && before.trials().stream().allMatch(trial -> trial.status().isOver());
        if (!over || !Judge.hasRows(folder, before)) {
            return before;
        }
        SweepResult after = of(folder, before);
        return after.equals(before) ? before : written(folder, before, after);
    }

    /** Writes, unless a sweep of this folder began or went on meanwhile: its answer is its own to give. */
    private static SweepResult written(Path folder, SweepResult before, SweepResult after) {
        FolderLock lock;
        try {
            lock = FolderLock.take(folder);
        } catch (UserException taken) {
            return before;
        }
        try (lock) {
            if (!SweepResult.read(folder).equals(before)) {
                return before;
            }
            AtomicFile.write(folder.resolve(SweepResult.FILE), after.toText());
            return after;
        }
    }

    /** The sweep with its answer, from trials that are over. */
    static SweepResult of(Path folder, SweepResult sweep) {
        Judge judge = new Judge(
                folder, sweep, PeopleScores.read(folder, sweep.trials()).orElse(null));
        SweepResult judged = AnswerSentence.fill(
                sweep.withTrials(judge.scored()).with(judge.basin(), judge.answer(), judge.people(), judge.warnings()));
        SweepAnswer answer = Objects.requireNonNull(judged.answer());
        return answer.isUsable() ? judged.withAnswer(answer.withCommand(command(folder, sweep, answer))) : judged;
    }

    /** The final run's command; where what was asked cannot be read any more, the one that is there if it still holds. */
    private static String command(Path folder, SweepResult sweep, SweepAnswer answer) {
        RunConfig asked = config(folder.resolve(Sweep.YAML));
        Map<String, List<String>> chosen = asked == null ? Map.of() : chosen(folder, asked, sweep, answer);
        if (asked != null && !chosen.isEmpty()) {
            return FinalCommand.of(asked, chosen);
        }
        SweepAnswer before = sweep.answer();
        return before != null && before.value().equals(answer.value()) ? before.command() : "";
    }

    /**
     * What the sweep chose, as texts by path: of what it varies, and of the schedule that it made itself, the winning
     * trial's; empty where that cannot be read.
     */
    private static Map<String, List<String>> chosen(
            Path folder, RunConfig asked, SweepResult sweep, SweepAnswer answer) {
        boolean branches = asked.sweep().fork() || asked.sweep().trunk();
        if (sweep.vary() == SweepResult.Vary.LR && !branches) {
            return Map.of("optimizer.lr", List.of(Rates.name(answer.lr())));
        }
        Optional<SweepTrial> winner = sweep.trials().stream()
                .filter(trial -> trial.value().equals(answer.value()))
                .findFirst();
        RunConfig config = winner.isEmpty()
                ? null
                : config(folder.resolve(winner.get().folder()).resolve(RunStore.CONFIG));
        if (config == null) {
            return Map.of();
        }
        boolean sloped = asked.sweep().fork() && config.isGiven(SweepPlan.SLOPE);
        List<String> paths = new ArrayList<>(
                switch (sweep.vary()) {
                    case LR -> List.of("optimizer.lr");
                    case LORA_RANK -> List.of("optimizer.lr", "lora.rank", "lora.alpha");
                    case MAX_LENGTH -> List.of("optimizer.lr", "data.max_length");
                    case DATA -> List.of("optimizer.lr", "data.train");
                });
        if (asked.sweep().trunk()) {
            paths.add(SCHEDULE);
        }
        if (sloped) {
            paths.add(SweepPlan.SLOPE);
        }
        Map<String, List<String>> chosen = new LinkedHashMap<>();
        for (Setting setting : config.settings().values()) {
            Knob knob = setting.knob();
            if (paths.contains(knob.path())) {
                chosen.put(knob.path(), setting.texts());
            }
        }
        if (sloped) {
            // the slope says how long the winner warmed up, and there is one of the two
            chosen.put("schedule.warmup", List.of());
        }
        return chosen;
    }

    /** A configuration; null where there is none, or one of another version of this program. */
    private static @Nullable RunConfig config(Path yaml) {
        try {
            return Files.isRegularFile(yaml) ? ConfigReader.read(yaml, Map.of(), List.of()) : null;
        } catch (UserException notReadable) {
            return null;
        }
    }
}
