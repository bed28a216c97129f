package dev.stride.serve;

import static dev.stride.serve.SweepFolder.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import dev.stride.search.SweepTrial.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatedSweepTest {
    @TempDir
    Path temp;

    @Test
    void pairs_areOfEqualSeeds_differentValues_andDifferentAnswers() {
        SweepFolder sweep = new SweepFolder(temp);
        for (int seed = 1; seed <= 2; seed++) {
            for (double lr : new double[] {1e-3, 3e-3, 1e-2}) {
                sweep.trial(
                        "lr-" + lr + "-s" + seed,
                        lr,
                        seed,
                        Status.FINISHED,
                        List.of(
                                sample(20, "user: a", "same"),
                                sample(20, "user: b", "of " + lr),
                                sample(20, "user: c", lr < 5e-3 ? "low" : "high")));
            }
        }
        RatedSweep rated = RatedSweep.read(sweep.write());
        // three couples of rates for each of two seeds: on b all differ, on c two of three, on a none
        assertThat(rated.size()).isEqualTo(2 * (3 + 2));
        assertThat(rated.identical()).isEqualTo(2 * (3 + 1));
        assertThat(rated.pairs()).allSatisfy(pair -> {
            assertThat(pair.one().trial().seed()).isEqualTo(pair.other().trial().seed());
            assertThat(pair.one().trial().value())
                    .isNotEqualTo(pair.other().trial().value());
        });
    }

    @Test
    void trialsWithoutACommonSeed_areComparedAllTheSame() {
        RatedSweep rated = RatedSweep.read(new SweepFolder(temp)
                .trial("a", 1e-3, 1, Status.FINISHED, List.of(sample(20, "p", "x")))
                .trial("b", 3e-3, 2, Status.STOPPED, List.of(sample(20, "p", "y")))
                .write());
        assertThat(rated.size()).isEqualTo(1);
    }

    @Test
    void answers_areThoseOfTheEvaluationWrittenLast() {
        RatedSweep rated = RatedSweep.read(new SweepFolder(temp)
                .trial(
                        "a",
                        1e-3,
                        1,
                        Status.FINISHED,
                        List.of(
                                sample(10, "p", "early"),
                                sample(30, "p", "of a branch given up"),
                                sample(20, "p", "last")))
                .trial("b", 3e-3, 1, Status.FINISHED, List.of(sample(20, "p", "y")))
                .write());
        RatedPair.Sides sides = rated.pairs().get(0).sides(false);
        assertThat(sides.leftText()).isEqualTo("last");
        assertThat(sides.left().step()).isEqualTo(20);
    }

    @Test
    void trialsThatDidNotEnd_areLeftOutByName() {
        RatedSweep rated = RatedSweep.read(new SweepFolder(temp)
                .trial("a", 1e-3, 1, Status.FINISHED, List.of(sample(20, "p", "x")))
                .trial("b", 3e-3, 1, Status.FINISHED, List.of(sample(20, "p", "y")))
                .trial("c", 1e-2, 1, Status.PRUNED, List.of(sample(20, "p", "z")))
                .trial("d", 3e-2, 1, Status.FAILED, List.of())
                .write());
        assertThat(rated.leftOut()).containsExactly("c (pruned)", "d (failed)");
        assertThat(rated.size()).isEqualTo(1);
    }

    @Test
    void trialsWithoutAnswers_areAllNamed_withWhatToDo() {
        Path folder = new SweepFolder(temp)
                .trial("a", 1e-3, 1, Status.FINISHED, List.of())
                .trial("b", 3e-3, 1, Status.FINISHED, List.of())
                .write();
        assertThatThrownBy(() -> RatedSweep.read(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("trials/a", "trials/b", "no generated answers", "--val-generate N");
    }

    @Test
    void oneFinishedTrial_isRefused() {
        Path folder = new SweepFolder(temp)
                .trial("a", 1e-3, 1, Status.FINISHED, List.of(sample(20, "p", "x")))
                .trial("b", 3e-3, 1, Status.RUNNING, List.of(sample(20, "p", "y")))
                .write();
        assertThatThrownBy(() -> RatedSweep.read(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("1 trial ", "b (running)", "two finished ones");
    }

    @Test
    void equalAnswersEverywhere_areRefused() {
        Path folder = new SweepFolder(temp)
                .trial("a", 1e-3, 1, Status.FINISHED, List.of(sample(20, "p", "x")))
                .trial("b", 3e-3, 1, Status.FINISHED, List.of(sample(20, "p", "x")))
                .write();
        assertThatThrownBy(() -> RatedSweep.read(folder)).hasMessageContainingAll("nothing to compare", "1 pair");
    }

    @Test
    void folderWithoutASweep_isRefused() {
        assertThatThrownBy(() -> RatedSweep.read(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("holds no sweep");
    }

    @Test
    void relativeFolder_isReadAsAnyOther() {
        Path relative = Path.of("")
                .toAbsolutePath()
                .relativize(SweepFolder.of(temp, 2, 1e-3, 3e-3).toAbsolutePath());
        assertThat(RatedSweep.read(relative).size()).isEqualTo(2);
    }

    @Test
    void trialOutsideOfTheSweep_isRefused() throws IOException {
        Path folder = SweepFolder.of(temp.resolve("sweep"), 2, 1e-3, 3e-3);
        Path file = folder.resolve("sweep.json");
        Files.writeString(file, Files.readString(file).replace("trials/lr-1e-3", "../elsewhere"));
        assertThatThrownBy(() -> RatedSweep.read(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("../elsewhere", "within the sweep's");
    }

    @Test
    void prompt_isSplitAtItsRoles() {
        Question question = new Question("id", "system: be kind\nuser: hi: you\nsecond line\nassistant: \nuser: x", "");
        assertThat(question.turns())
                .containsExactly(
                        new Question.Turn("system", "be kind"),
                        new Question.Turn("user", "hi: you\nsecond line"),
                        new Question.Turn("assistant", ""),
                        new Question.Turn("user", "x"));
        assertThat(new Question("id", "no role\nhere", "").turns())
                .containsExactly(new Question.Turn("", "no role\nhere"));
    }
}
