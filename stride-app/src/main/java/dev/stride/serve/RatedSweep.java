package dev.stride.serve;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sweep's trials with what they answered at their last evaluation, ready to be compared. Only trials that are over and
 * were neither pruned nor failed take part: what was ended early would be judged by half-trained answers.
 */
public final class RatedSweep {
    private final Path folder;
    private final List<Trial> trials;
    private final List<String> leftOut;
    private final Map<String, Question> questions = new LinkedHashMap<>();
    private final List<RatedPair> pairs;
    private final int identical;

    /** A trial and its answers by the question's id, all written after {@code step} updates. */
    record Trial(SweepTrial trial, long step, Map<String, String> answers) {}

    private RatedSweep(Path folder, List<Trial> trials, List<Question> asked, List<String> leftOut) {
        this.folder = folder;
        this.trials = trials;
        this.leftOut = List.copyOf(leftOut);
        asked.forEach(question -> questions.putIfAbsent(question.id(), question));
        List<RatedPair> all = new ArrayList<>();
        int same = 0;
        boolean seeds = seedsAreShared();
        for (String question : questions.keySet()) {
            for (int i = 0; i < trials.size(); i++) {
                for (int j = i + 1; j < trials.size(); j++) {
                    Trial one = trials.get(i);
                    Trial other = trials.get(j);
                    String first = one.answers().get(question);
                    String second = other.answers().get(question);
                    if (first == null || second == null || !mayMeet(one, other, seeds)) {
                        continue;
                    }
                    if (first.equals(second)) {
                        same++;
                    } else {
                        all.add(new RatedPair(question, one, other));
                    }
                }
            }
        }
        this.pairs = List.copyOf(all);
        this.identical = same;
    }

    /**
     * Reads a sweep's folder.
     *
     * @throws UserException if it holds no sweep, or fewer than two values have answers, or no two answers differ
     */
    public static RatedSweep read(Path folder) {
        SweepResult sweep = SweepResult.read(folder);
        Path inside = folder.toAbsolutePath().normalize();
        List<Trial> trials = new ArrayList<>();
        List<Question> asked = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (SweepTrial trial : sweep.trials()) {
            if (!trial.mayBeRated()) {
                leftOut.add(trial.name() + " (" + trial.status().word() + ")");
                continue;
            }
            Path run = folder.resolve(trial.folder()).normalize();
            if (!run.toAbsolutePath().normalize().startsWith(inside)) {
                problems.add(Problem.of(trial.name(), trial.folder(), "a folder within the sweep's"));
                continue;
            }
            List<SampleRecord> samples = lastOf(EventReader.read(run).samples());
            if (samples.isEmpty()) {
                problems.add(new Problem(
                        run.toString(),
                        "no generated answers",
                        "answers to validation prompts in samples.jsonl",
                        "",
                        "Let the sweep write some with --val-generate N"));
                continue;
            }
            Map<String, String> answers = new LinkedHashMap<>();
            for (SampleRecord sample : samples) {
                Question question = Question.of(sample);
                asked.add(question);
                answers.put(question.id(), sample.prediction());
            }
            trials.add(new Trial(trial, samples.get(0).step(), answers));
        }
        if (!problems.isEmpty()) {
            throw new UserException("these trials of " + folder + " cannot be compared", problems);
        }
        if (trials.stream().map(trial -> trial.trial().value()).distinct().count() < 2) {
            throw new UserException(
                    folder + " has " + trials.size()
                            + (trials.size() == 1 ? " trial" : " trials") + " whose answers can be compared"
                            + (leftOut.isEmpty() ? "" : " (left out: " + String.join(", ", leftOut) + ")")
                            + "; two finished ones of different value are needed. Let stride sweep finish, or give it more rates");
        }
        RatedSweep rated = new RatedSweep(folder, List.copyOf(trials), asked, leftOut);
        if (rated.pairs.isEmpty()) {
            throw new UserException("no two trials of " + folder + " answered a prompt differently (" + rated.identical
                    + " pairs are equal), so there is nothing to compare");
        }
        return rated;
    }

    /** The samples of the evaluation that was written last; a resumed run may have made its updates twice. */
    private static List<SampleRecord> lastOf(List<SampleRecord> samples) {
        if (samples.isEmpty()) {
            return samples;
        }
        long step = samples.get(samples.size() - 1).step();
        return samples.stream().filter(sample -> sample.step() == step).toList();
    }

    /** Whether two trials of different value have one seed; then only such are compared. */
    private boolean seedsAreShared() {
        return trials.stream().anyMatch(one -> trials.stream().anyMatch(other -> mayMeet(one, other, true)));
    }

    private static boolean mayMeet(Trial one, Trial other, boolean sameSeed) {
        return !one.trial().value().equals(other.trial().value())
                && (!sameSeed || one.trial().seed() == other.trial().seed());
    }

    /** The sweep's folder. */
    public Path folder() {
        return folder;
    }

    /** The trials that take part. */
    public List<SweepTrial> trials() {
        return trials.stream().map(Trial::trial).toList();
    }

    /** Trials that do not take part, with their state in brackets. */
    public List<String> leftOut() {
        return leftOut;
    }

    /** How many pairs a person can be shown. */
    public int size() {
        return pairs.size();
    }

    /** Pairs that nobody is shown, because both answers are the same text. */
    public int identical() {
        return identical;
    }

    List<RatedPair> pairs() {
        return pairs;
    }

    /** The question of an id that a pair has. */
    Question question(String id) {
        Question question = questions.get(id);
        if (question == null) {
            throw new IllegalArgumentException("no question " + id);
        }
        return question;
    }
}
