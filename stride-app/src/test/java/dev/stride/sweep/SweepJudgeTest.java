package dev.stride.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.FolderLock;
import dev.stride.report.SyntheticSweep;
import dev.stride.search.Comparison;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.serve.SweepFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepJudgeTest {
    @TempDir
    Path temp;

    private static SweepAnswer answer(SweepResult sweep) {
        return Objects.requireNonNull(sweep.answer());
    }

    private static String text(Path folder) throws IOException {
        return Files.readString(folder.resolve(SweepResult.FILE));
    }

    @Test
    void again_votesForAnotherRateThanBleu_turnTheAnswer_whereTheyWeighMore() throws IOException {
        Path folder = SweepFolder.weighted(temp.resolve("sweep"), 0.7);
        SweepResult before = SweepJudge.again(folder);
        assertThat(answer(before).lr()).isEqualTo(1e-3);
        assertThat(answer(before).sentence()).contains("judged by bleu-4 x 0.3; people x 0.7 is not counted yet.");
        assertThat(before.people()).isNull();
        assertThat(before.warnings()).hasSize(2).anyMatch(said -> said.startsWith("People's votes have a weight but"));

        SweepFolder.votes(folder, "Ann", "lr-3e-3", "lr-1e-3", "lr-3e-4");
        SweepResult after = SweepJudge.again(folder);
        assertThat(answer(after).lr()).isEqualTo(3e-3);
        assertThat(answer(after).decided()).isTrue();
        assertThat(answer(after).sentence())
                .startsWith("Use 3e-3 (")
                .endsWith("judged by bleu-4 x 0.3, people x 0.7 (40 votes of 1 person).");
        assertThat(answer(after).restsOn()).isEqualTo("bleu-4 x 0.3 over 20 rows, people x 0.7 (40 votes of 1 person)");
        assertThat(answer(after).command())
                .startsWith("./stride train --model ")
                .endsWith("--lr 3e-3")
                .contains("rows.jsonl")
                .doesNotContain("seeds");
        assertThat(after.warnings())
                .as("what the sweep said of its rates stays, and what became untrue goes")
                .containsExactly("3e-3 is above 1e-3, the cap of method lora; used as given");
        assertThat(after.course()).hasSize(1).isEqualTo(before.course());
        assertThat(SweepResult.read(folder)).isEqualTo(after);

        SweepFolder.votes(folder, "Bo", "lr-3e-3", "lr-1e-3");
        assertThat(answer(SweepJudge.again(folder)).restsOn()).endsWith("(60 votes of 2 people)");
    }

    @Test
    void again_votesThatWeighLess_leaveTheAnswer_butAreCounted() {
        Path folder = SweepFolder.weighted(temp.resolve("sweep"), 0.2);
        SweepFolder.votes(folder, "Ann", "lr-3e-3", "lr-1e-3", "lr-3e-4");
        SweepResult after = SweepJudge.again(folder);
        assertThat(answer(after).lr()).isEqualTo(1e-3);
        assertThat(after.people()).isEqualTo(new SweepResult.People(40, 1));
    }

    @Test
    void again_votesOnSomeTrialsAlone_areNotCounted_andThatIsSaid() {
        Path folder = SweepFolder.weighted(temp.resolve("sweep"), 0.7);
        SweepFolder.votes(folder, "Ann", "lr-3e-3", "lr-1e-3");
        SweepResult after = SweepJudge.again(folder);
        assertThat(answer(after).lr()).isEqualTo(1e-3);
        assertThat(after.people()).isNull();
        assertThat(after.warnings()).anyMatch(said -> said.contains("not every trial has votes"));
    }

    @Test
    void again_twice_changesNoByte() throws IOException {
        Path folder = SyntheticSweep.write(temp.resolve("sweep"));
        String written = text(folder);
        SweepResult first = SweepJudge.again(folder);
        String again = text(folder);
        assertThat(again).as("the made-up answer did not follow from the rows").isNotEqualTo(written);
        assertThat(answer(first).lr()).isEqualTo(3e-3);
        assertThat(Objects.requireNonNull(first.basin()).lr()).isBetween(1e-3, 1e-2);
        assertThat(SweepJudge.again(folder)).isEqualTo(first);
        assertThat(text(folder)).isEqualTo(again);
    }

    @Test
    void again_sweepThatGoesOn_orWithoutRows_orOfAnotherProcess_isLeftAlone() throws IOException {
        Path folder = SyntheticSweep.write(temp.resolve("sweep"));
        Path file = folder.resolve(SweepResult.FILE);
        String whole = text(folder);
        SweepResult sweep = SweepResult.read(folder);
        SweepResult unanswered = sweep.with(null, null, null, List.of());
        String[] open = {
            whole.replace("\"status\" : \"stopped\"", "\"status\" : \"running\""),
            whole.replace("\"status\" : \"stopped\"", "\"status\" : \"interrupted\""),
            unanswered.toText()
        };
        int seen = 0;
        for (String text : open) {
            assertThat(text).isNotEqualTo(whole);
            Files.writeString(file, text);
            SweepJudge.again(folder);
            assertThat(text(folder)).isEqualTo(text);
            seen++;
        }
        assertThat(seen).isEqualTo(3);
        Files.writeString(file, whole);
        try (FolderLock lock = FolderLock.take(folder)) {
            assertThat(lock.warnings()).isEmpty();
            assertThat(SweepJudge.again(folder)).isEqualTo(sweep);
        }
        Files.delete(folder.resolve("trials/lr-1e-3/rows.jsonl"));
        assertThat(SweepJudge.again(folder)).isEqualTo(sweep);
        assertThat(text(folder)).isEqualTo(whole);
    }

    @Test
    void again_lossThatIsNotFinite_isNotCompared_andItsRateCountsAsTried() throws IOException {
        Path folder = SyntheticSweep.write(temp.resolve("sweep"));
        Files.writeString(
                folder.resolve("trials/lr-3e-3/rows.jsonl"),
                "{\"step\":126,\"loss\":[\"NaN\",1],\"tokens\":[31,31]}\n");
        SweepResult after = SweepJudge.again(folder);
        assertThat(answer(after).lr()).isEqualTo(1e-3);
        assertThat(after.warnings()).anyMatch(said -> said.startsWith("3e-3 is not compared, since its last scores"));
        assertThat(SweepJudge.again(folder).warnings()).isEqualTo(after.warnings());
    }

    @Test
    void again_sweepOfRanks_commandIsThatOfTheWinningTrialsOwnSettings() {
        Path folder = temp.resolve("sweep");
        SweepFolder trials = new SweepFolder(folder);
        for (int rank : new int[] {4, 16}) {
            trials.trial("lora-rank-" + rank, 1e-3, 1, SweepTrial.Status.FINISHED, samples(rank / 20.0));
        }
        SweepResult rates = SweepResult.read(trials.write());
        SweepResult ranks = new SweepResult(
                        SweepResult.Vary.LORA_RANK,
                        new SweepResult.Metric("bleu-4", true),
                        Map.of(),
                        rates.settings(),
                        rates.trials().stream().map(SweepJudgeTest::ranked).toList(),
                        rates.updates(),
                        List.of())
                .withAnswer(Comparison.noneUsable());
        AtomicFile.write(folder.resolve(SweepResult.FILE), ranks.toText());
        String asked = "model:\n  path: /a/model\ndata:\n  train: [/rows.jsonl]\n";
        AtomicFile.write(folder.resolve(Sweep.YAML), asked + "sweep:\n  vary: lora-rank\n  values: [4, 16]\n");
        AtomicFile.write(
                folder.resolve("trials/lora-rank-16/config.yaml"),
                asked + "lora:\n  rank: 16\n  alpha: 32\noptimizer:\n  lr: 0.001\ntrain:\n  seed: 1\n  keep_last: 1\n");
        SweepResult after = SweepJudge.again(folder);
        assertThat(answer(after).value()).isEqualTo("16");
        assertThat(answer(after).command().split(" --"))
                .containsExactlyInAnyOrder(
                        "./stride train",
                        "model /a/model",
                        "data /rows.jsonl",
                        "lora-rank 16",
                        "lora-alpha 32",
                        "lr 0.001");
    }

    private static List<dev.stride.experiment.SampleRecord> samples(double bleu) {
        return java.util.stream.IntStream.range(0, 20)
                .mapToObj(i -> new dev.stride.experiment.SampleRecord(
                        20, "user: " + i, "answer", "reference", Map.of("bleu-4", bleu + 0.001 * i)))
                .toList();
    }

    private static SweepTrial ranked(SweepTrial trial) {
        return new SweepTrial(
                trial.name(),
                trial.folder(),
                trial.lr(),
                trial.name().substring("lora-rank-".length()),
                trial.seed(),
                trial.status(),
                trial.steps(),
                trial.plannedSteps(),
                "",
                trial.metrics(),
                null,
                SweepTrial.Origin.GRID,
                null,
                1);
    }
}
