package dev.stride.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunResult;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.spark.SparkSweepTest.Heard;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepPlan;
import dev.stride.sweep.TrialLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps whose trials write to a folder of their own on each machine, and whose folders meet on a share. */
class SharedSweepTest {
    @TempDir
    Path folder;

    @Test
    void trials_onAShare_haveTheNumbersOfTheSweepInOneProcess_andLieThereWhole() throws IOException {
        SweepPlan plan = SparkSweepTest.plan("--lrs", "1e-3,1e-2", "--steps", "4", "--prune", "off", "--together", "1");
        Sweep.start(plan, folder.resolve("local"), new Heard(), () -> false);
        String share = folder.resolve("share").toUri().toString();
        SweepResult shared = start("local[2]", plan, share, new Heard(), () -> false);
        assertThat(shared.trials()).hasSize(2).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        for (SweepTrial trial : shared.trials()) {
            assertThat(SparkSweepTest.losses(sweep().resolve(trial.folder())))
                    .hasSize(4)
                    .isEqualTo(SparkSweepTest.losses(folder.resolve("local").resolve(trial.folder())));
        }
        Tree root = new DiskTree(folder.resolve("share"));
        assertSameTrials(root, 2);
        assertThat(root.list("")).containsKey("sweep.yaml");
        assertThat(Files.list(sweep().resolve(".on-share")))
                .as("the folder has all")
                .isEmpty();
        assertThat(leftOnMachines())
                .as("folders left on the machines that trained")
                .isEmpty();
    }

    @Test
    void pruned_trialSavesOntoTheShare_andItsFolderSaysSo() throws IOException {
        SweepPlan plan = SparkSweepTest.plan("--lrs", "1e-7,3e-3,1e-2", "--steps", "16", "--prune", "median");
        String share = folder.resolve("share").toUri().toString();
        SweepResult result = start("local[2]", plan, share, new Heard(), () -> false);
        SweepTrial loser = SparkSweepTest.trial(result, "lr-1e-7");
        assertThat(loser.status()).isEqualTo(SweepTrial.Status.PRUNED);
        assertThat(loser.steps()).isLessThan(16);
        for (String name : List.of("lr-3e-3", "lr-1e-2")) {
            assertThat(SparkSweepTest.trial(result, name).status()).isEqualTo(SweepTrial.Status.FINISHED);
        }
    }

    @Test
    void interrupted_savedStatesAreHere_andGoOnFromWhereTheyAre_alsoWhenTheShareIsEmpty() throws IOException {
        SweepPlan plan = SparkSweepTest.plan("--lrs", "1e-3,1e-2", "--steps", "12", "--prune", "off");
        AtomicBoolean interrupted = new AtomicBoolean();
        Heard first = new Heard();
        first.atEvent = event -> interrupted.compareAndSet(false, event.step() >= 2);
        SweepResult half =
                start("local[2]", plan, folder.resolve("share").toUri().toString(), first, interrupted::get);
        assertThat(half.trials()).extracting(SweepTrial::status).containsAnyOf(SweepTrial.Status.INTERRUPTED);
        long saved = half.trials().stream().mapToLong(SweepTrial::steps).sum();
        assertThat(saved).isPositive();
        assertThat(half.trials()).anySatisfy(trial -> {
            RunResult result = EventReader.read(sweep().resolve(trial.folder())).result();
            assertThat(Objects.requireNonNull(result).status()).isEqualTo(RunResult.Status.INTERRUPTED);
        });
        // these folders are on this disk alone
        String other = folder.resolve("other").toUri().toString();
        Heard second = new Heard();
        SweepResult whole;
        try (TrialLauncher launcher = open("local[2]", other)) {
            whole = Sweep.resume(plan, sweep(), second, () -> false, launcher);
        }
        assertThat(whole.trials()).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        assertThat(second.steps).as("what was saved is not made again").hasSize((int) (2 * 12 - saved));
        assertSameTrials(new DiskTree(folder.resolve("other")), 2);
    }

    /** A sweep's process that is killed knows less than the share, also of trials that came to their end meanwhile. */
    @Test
    void sweepThatWasKilled_takesInWhatTrialsDidMeanwhile() throws IOException {
        SweepPlan plan = SparkSweepTest.plan("--lrs", "1e-3,1e-2", "--steps", "4", "--prune", "off");
        String share = folder.resolve("share").toUri().toString();
        start("local[2]", plan, share, new Heard(), () -> false);
        // as if it had seen nothing of one of them
        Path trial = sweep().resolve("trials/lr-1e-2");
        Tree here = new DiskTree(trial);
        for (String name : List.copyOf(here.list("").keySet())) {
            if (!name.equals("config.yaml")) {
                here.delete(name);
            }
        }
        Files.createFile(sweep().resolve(".on-share/lr-1e-2"));
        Heard second = new Heard();
        SweepResult whole;
        try (TrialLauncher launcher = open("local[2]", share)) {
            whole = Sweep.resume(plan, sweep(), second, () -> false, launcher);
        }
        assertThat(whole.trials()).hasSize(2).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        assertThat(second.steps).as("updates that were made again").isEmpty();
        assertThat(SparkSweepTest.losses(trial)).hasSize(4);
    }

    /** A real HDFS; the executor that is killed takes its disk with it. */
    @Test
    void lostExecutor_losesNoFinishedTrial_andItsTrialGoesOnFromTheShare() throws IOException {
        SparkSweepTest.sparkHome();
        Configuration settings = new Configuration();
        settings.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
        try (MiniDFSCluster hdfs =
                new MiniDFSCluster.Builder(settings).numDataNodes(1).build()) {
            hdfs.waitClusterUp();
            String share = hdfs.getURI() + "/sweeps/a";
            // many updates behind the first checkpoint, so that the trial is on its way when that is found
            String words = "--lrs 1e-3,3e-3,1e-2 --prune off --steps 120 --save-every 4 --eval-every 60";
            SweepPlan plan = SparkSweepTest.plan(words.split(" "));
            Heard heard = new Heard();
            List<String> killed = new ArrayList<>();
            SweepResult result;
            try (Tree there = new Share(share, settings).open()) {
                // the sweep asks five times a second whether it is to end
                result = start("local-cluster[2,1,1024]", plan, share, heard, () -> {
                    if (killed.isEmpty() && hasCheckpoint(there.in("trials/lr-1e-2"))) {
                        killed.add(SparkSweepTest.kill("lr-1e-2", heard));
                    }
                    return false;
                });
            }
            assertThat(killed).as("an executor was killed").hasSize(1).doesNotContain("");
            assertThat(result.trials())
                    .hasSize(3)
                    .extracting(SweepTrial::status)
                    .containsOnly(SweepTrial.Status.FINISHED);
            SweepPlan again = SparkSweepTest.plan((words + " --together 1").split(" "));
            Sweep.start(again, folder.resolve("local"), new Heard(), () -> false);
            for (SweepTrial trial : result.trials()) {
                assertThat(SparkSweepTest.losses(sweep().resolve(trial.folder())))
                        .as("%s: as if nothing had happened", trial.name())
                        .hasSize(120)
                        .isEqualTo(SparkSweepTest.losses(folder.resolve("local").resolve(trial.folder())));
            }
            try (Tree root = new Share(share, settings).open()) {
                assertSameTrials(root, 3);
            }
        }
    }

    @Test
    void share_thatCannotBeThisSweeps_isRefused_andNothingIsChanged() throws IOException {
        assertThatThrownBy(() -> open("local[2]", "ftp://host/sweeps"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--share ftp://host/sweeps")
                .hasMessageContaining("hdfs://HOST:PORT/PATH, s3a://BUCKET/PATH or file:///PATH");
        assertThatThrownBy(() -> open("local[2]", sweep().toUri().toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("one lies in the other");
        Path taken = Files.createDirectories(folder.resolve("taken"));
        Files.writeString(taken.resolve("notes.txt"), "mine");
        assertThatThrownBy(() -> open("local[2]", taken.toUri().toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("it holds files that are not of a sweep");
        Files.writeString(taken.resolve("sweep.yaml"), "another: 1\n");
        assertThatThrownBy(() -> open("local[2]", taken.toUri().toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("it holds another sweep");
        assertThatThrownBy(() -> open("local[2]", "s3a://bucket/sweeps"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--share s3a://bucket/sweeps")
                .hasMessageContaining("docs/spark.md");
        assertThat(Files.list(taken)).hasSize(2);
    }

    private static boolean hasCheckpoint(Tree run) {
        try {
            return run.list("").keySet().stream().anyMatch(name -> name.endsWith("/" + Mirror.MANIFEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path sweep() {
        return folder.resolve("sweep");
    }

    private TrialLauncher open(String address, String share) {
        return TrialLauncher.open(address, SparkSweepTest.program(), 1, new TrialLauncher.Share(share, sweep()));
    }

    private SweepResult start(String address, SweepPlan plan, String share, Heard heard, BooleanSupplier interrupted) {
        try (TrialLauncher launcher = open(address, share)) {
            return Sweep.start(plan, sweep(), heard, interrupted, launcher);
        }
    }

    /** Byte for byte, on the share and in the sweep's folder. */
    private void assertSameTrials(Tree root, int trials) throws IOException {
        Map<String, byte[]> there = contents(root);
        Map<String, byte[]> here = contents(new DiskTree(sweep()));
        assertThat(there.keySet()).isEqualTo(here.keySet());
        there.forEach((name, bytes) -> assertThat(here.get(name)).as(name).isEqualTo(bytes));
        assertThat(there.keySet().stream().filter(name -> name.endsWith("/manifest.json")))
                .hasSizeGreaterThanOrEqualTo(trials);
    }

    private static Map<String, byte[]> contents(Tree tree) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        for (String name : tree.list("").keySet()) {
            if (name.matches("trials/[^/]+/.*")
                    && Mirror.isOfRun(name.substring(name.indexOf('/', "trials/".length()) + 1))) {
                try (InputStream in = tree.open(name)) {
                    contents.put(name, in.readAllBytes());
                }
            }
        }
        return contents;
    }

    private static List<Path> leftOnMachines() throws IOException {
        try (Stream<Path> files =
                Files.walk(Path.of(System.getProperty("java.io.tmpdir")), 1, new FileVisitOption[0])) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("stride-trial-"))
                    .toList();
        }
    }
}
