package dev.stride.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's folder on a disk and its copy, which is looked at after each single change. */
class MirrorTest {
    @TempDir
    Path folder;

    private Path run;
    private Path copy;
    private Watched there;
    private final AtomicLong clock = new AtomicLong();

    @BeforeEach
    void folders() {
        run = folder.resolve("run");
        copy = folder.resolve("copy");
        there = new Watched(new DiskTree(copy));
    }

    private Mirror mirror() {
        return new Mirror(new DiskTree(run), there, any -> true, now -> {}, clock::get);
    }

    @Test
    void pass_firstTime_copiesWhatIsOfTheRunAndFinished() throws IOException {
        String[] own = {"config.yaml", "plan.json", "events.jsonl", "tensorboard/events.1", "result.json"};
        String[] others = {
            ".lock",
            ".plan.json.tmp",
            "report.html",
            "mlflow.json",
            "requests/1.json",
            "checkpoints/step-000002.tmp-new/a",
            "checkpoints/step-000002.set-aside/manifest.json"
        };
        for (String name : own) {
            put(name, "of " + name);
        }
        for (String name : others) {
            put(name, "x");
        }
        mirror().pass(false);
        assertThat(files(copy)).containsOnlyKeys(own).containsEntry("plan.json", "of plan.json");
        assertThat(there.done)
                .as("what a run is known by comes last")
                .endsWith("write config.yaml", "write result.json");
    }

    @Test
    void pass_again_copiesOnlyWhatChanged_andTakesAwayWhatIsGone() throws IOException {
        put("config.yaml", "a");
        put("plan.json", "b");
        put("result.json", "c");
        checkpoint("checkpoints/step-000002", "two");
        Mirror mirror = mirror();
        mirror.pass(false);
        there.done.clear();
        mirror.pass(false);
        assertThat(there.done).as("nothing changed").isEmpty();

        put("plan.json", "B");
        Files.delete(run.resolve("result.json"));
        checkpoint("checkpoints/step-000004", "four");
        delete("checkpoints/step-000002");
        mirror.pass(false);
        assertThat(files(copy)).isEqualTo(files(run)).containsEntry("plan.json", "B");
        assertThat(there.done)
                .as("the new one is whole before the old one goes, which loses its manifest first")
                .containsSubsequence(
                        "write checkpoints/step-000004/manifest.json",
                        "delete checkpoints/step-000002/manifest.json",
                        "delete checkpoints/step-000002/model.safetensors");
        assertThat(copy.resolve("checkpoints/step-000002")).doesNotExist();
    }

    /** Ends the copying at each of its changes in turn, as a lost machine does, and looks at what another would fetch. */
    @Test
    void stoppedBetweenAnyTwoFiles_everyCheckpointThatIsTakenIsWhole_andHasItsEvents() throws IOException {
        int stops = 0;
        while (true) {
            Path here = folder.resolve("stop-" + stops);
            run = here.resolve("run");
            copy = here.resolve("copy");
            put("config.yaml", "a");
            put("events.jsonl", "2");
            checkpoint("checkpoints/step-000002", "two");
            there = new Watched(new DiskTree(copy));
            Mirror mirror = mirror();
            mirror.pass(false);
            // step 2 is made anew, as after a recovery, step 4 is new, and a large file was copied a moment ago
            put("events.jsonl", "2 3 4");
            checkpoint("checkpoints/step-000002", "TWO");
            checkpoint("checkpoints/step-000004", "four");
            there.stopAfter = stops;
            boolean whole = true;
            try {
                mirror.pass(false);
            } catch (IOException stopped) {
                whole = false;
            }
            Path fetched = here.resolve("fetched");
            new Mirror(new DiskTree(copy), new DiskTree(fetched), any -> true, now -> {}, clock::get).pass(true);
            for (int step : new int[] {2, 4}) {
                Path checkpoint = fetched.resolve("checkpoints/step-00000" + step);
                if (Files.exists(checkpoint)) {
                    String manifest = Files.readString(checkpoint.resolve("manifest.json"));
                    assertThat(manifest).isIn("two", "TWO", "four");
                    assertThat(Files.readString(checkpoint.resolve("model.safetensors")))
                            .as("stopped after %s changes: all files of one checkpoint", stops)
                            .isEqualTo("model " + manifest);
                    assertThat(Files.readString(checkpoint.resolve("optimizer.safetensors")))
                            .isEqualTo("optimizer " + manifest);
                    assertThat(Files.readString(fetched.resolve("events.jsonl")))
                            .as("stopped after %s changes: the events up to there", stops)
                            .contains(Integer.toString(step));
                }
            }
            // whoever goes on, with another process's knowledge, makes it whole again
            there.stopAfter = Integer.MAX_VALUE;
            mirror().pass(true);
            assertThat(files(copy)).isEqualTo(files(run));
            if (whole) {
                break;
            }
            stops++;
        }
        assertThat(stops).as("places at which it was stopped").isGreaterThan(6);
    }

    @Test
    void checkpointWithoutManifest_isNotTaken_andTheOldOneStaysUntilTheNewOneIsWhole() throws IOException {
        checkpoint("checkpoints/recovery-1/step-000002", "old");
        Mirror mirror = mirror();
        mirror.pass(false);
        Files.delete(run.resolve("checkpoints/recovery-1/step-000002/manifest.json"));
        put("checkpoints/recovery-1/step-000002/model.safetensors", "half");
        mirror.pass(false);
        assertThat(files(copy)).containsEntry("checkpoints/recovery-1/step-000002/model.safetensors", "model old");
        checkpoint("checkpoints/recovery-1/step-000002", "new");
        mirror.pass(false);
        assertThat(files(copy)).isEqualTo(files(run));
    }

    /** The source is itself a copy that somebody writes: what was listed is another checkpoint when it is read. */
    @Test
    void checkpointReplacedWhileItIsCopied_isTakenAsAWholeOnTheNextPass() throws IOException {
        checkpoint("checkpoints/step-000002", "old");
        List<String> once = new ArrayList<>(List.of("checkpoints/step-000002/model.safetensors"));
        Tree source = new Forwarding(new DiskTree(run)) {
            @Override
            public InputStream open(String name) throws IOException {
                InputStream old = super.open(name);
                if (once.remove(name)) {
                    checkpoint("checkpoints/step-000002", "new");
                }
                return old;
            }
        };
        Mirror mirror = new Mirror(source, there, any -> true, now -> {}, clock::get);
        mirror.pass(false);
        assertThat(once).isEmpty();
        assertThat(files(copy)).doesNotContainKey("checkpoints/step-000002/manifest.json");
        mirror.pass(false);
        assertThat(files(copy)).isEqualTo(files(run));
    }

    /**
     * A checkpoint that lived for a shorter time than its copying took was never whole on the share, nor was any that
     * followed: a lost executor would have begun anew.
     */
    @Test
    void checkpointDeletedWhileItIsCopied_isCopiedWhole_andGoesOnceAnotherIsThere() throws IOException {
        checkpoint("checkpoints/step-000002", "two");
        List<String> once = new ArrayList<>(List.of("delete"));
        Mirror.Beat beat = now -> {
            if (once.remove("delete")) {
                checkpoint("checkpoints/step-000004", "four");
                delete("checkpoints/step-000002");
            }
        };
        Path links = folder.resolve("links");
        Mirror mirror = new Mirror(new DiskTree(run, links), there, any -> true, beat, clock::get);
        mirror.pass(false);
        assertThat(once).isEmpty();
        assertThat(files(copy))
                .hasSize(3)
                .containsEntry("checkpoints/step-000002/manifest.json", "two")
                .containsEntry("checkpoints/step-000002/model.safetensors", "model two")
                .containsEntry("checkpoints/step-000002/optimizer.safetensors", "optimizer two");
        mirror.pass(false);
        assertThat(files(copy)).isEqualTo(files(run)).hasSize(3);
        assertThat(new DiskTree(links).list(""))
                .as("second names that are left")
                .isEmpty();
    }

    @Test
    void newCheckpointGoneBeforeItIsRead_theOldOneStaysThere_untilOneIsCopied() throws IOException {
        put("config.yaml", "a");
        checkpoint("checkpoints/step-000002", "two");
        List<String> missed = new ArrayList<>();
        Tree source = new Forwarding(new DiskTree(run)) {
            @Override
            public Held hold(String name, Map<String, Stamp> files) throws IOException {
                if (name.endsWith("4")) {
                    missed.add(name);
                    throw new NoSuchFileException(name);
                }
                return super.hold(name, files);
            }
        };
        Mirror mirror = new Mirror(source, there, any -> true, now -> {}, clock::get);
        mirror.pass(false);
        checkpoint("checkpoints/step-000004", "four");
        delete("checkpoints/step-000002");
        mirror.pass(false);
        assertThat(missed).hasSize(1);
        assertThat(files(copy)).containsEntry("checkpoints/step-000002/manifest.json", "two");
        delete("checkpoints/step-000004");
        mirror.pass(false); // at the moment of a listing there may seem to be none
        assertThat(files(copy)).containsEntry("checkpoints/step-000002/manifest.json", "two");
        checkpoint("checkpoints/step-000006", "six");
        mirror.pass(false);
        assertThat(files(copy)).isEqualTo(files(run));
    }

    @Test
    void sameCheckpointThereAlready_isNotCopiedAgain_anotherOneIs() throws IOException {
        checkpoint("checkpoints/step-000002", "two");
        mirror().pass(false);
        there.done.clear();
        mirror().pass(false); // knows nothing of the first
        assertThat(there.done).isEmpty();
        checkpoint("checkpoints/step-000002", "TWO");
        mirror().pass(false);
        assertThat(there.done).hasSize(4);
        assertThat(files(copy)).isEqualTo(files(run));
    }

    @Test
    void largeFileThatGrows_waitsASecondForEachMebibyte_butNotInTheEnd() throws IOException {
        Files.createDirectories(run);
        Files.write(run.resolve("events.jsonl"), new byte[3 << 20]);
        Mirror mirror = mirror();
        mirror.pass(false);
        Files.write(run.resolve("events.jsonl"), new byte[(3 << 20) + 1]);
        clock.set(2_000_000_000L);
        mirror.pass(false);
        assertThat(copy.resolve("events.jsonl")).hasSize(3 << 20);
        clock.set(4_000_000_000L);
        mirror.pass(false);
        assertThat(copy.resolve("events.jsonl")).hasSize((3 << 20) + 1);
        Files.write(run.resolve("events.jsonl"), new byte[(3 << 20) + 2]);
        mirror.pass(true);
        assertThat(copy.resolve("events.jsonl")).hasSize((3 << 20) + 2);
    }

    /** Copying 25 GB takes minutes, in which a trial that loses must be seen to lose. */
    @Test
    void whileALargeFileIsCopied_eventsGoOn() throws IOException {
        put("events.jsonl", "1");
        checkpoint("checkpoints/step-000002", "two");
        Files.write(run.resolve("checkpoints/step-000002/optimizer.safetensors"), new byte[5 << 20]);
        List<String> seen = new ArrayList<>();
        Mirror.Beat beat = now -> {
            // between two pieces of the large file time passes and an event is written
            clock.addAndGet(1_100_000_000L);
            seen.add(Files.readString(copy.resolve("events.jsonl")));
            put("events.jsonl", Integer.toString(seen.size() + 1));
        };
        new Mirror(new DiskTree(run), there, any -> true, beat, clock::get).pass(false);
        assertThat(seen).hasSizeGreaterThan(4).startsWith("1", "2", "3", "4");
        assertThat(copy.resolve("checkpoints/step-000002/optimizer.safetensors"))
                .hasSize(5 << 20);
    }

    @Test
    void beatThatFails_endsTheCopying_beforeACheckpointIsValid() throws IOException {
        checkpoint("checkpoints/step-000002", "two");
        Mirror mirror = new Mirror(
                new DiskTree(run),
                there,
                any -> true,
                now -> {
                    if (now) {
                        throw new Claim.LostException("another");
                    }
                },
                clock::get);
        assertThatThrownBy(() -> mirror.pass(true)).isInstanceOf(Claim.LostException.class);
        assertThat(files(copy)).hasSize(2).doesNotContainKey("checkpoints/step-000002/manifest.json");
    }

    @Test
    void filesOfAPerson_stay_whereOnlySomeAreReplaced() throws IOException {
        put("config.yaml", "a");
        Files.createDirectories(copy);
        Files.writeString(copy.resolve("notes.txt"), "mine");
        Files.writeString(copy.resolve("result.json"), "of an earlier end");
        new Mirror(new DiskTree(run), there, Mirror.RESULT::equals, now -> {}, clock::get).pass(true);
        assertThat(files(copy)).isEqualTo(Map.of("config.yaml", "a", "notes.txt", "mine"));
    }

    @Test
    void claim_takenOver_isLostForTheFirst_andSaysWhetherSomebodyWrites() throws IOException {
        Tree tree = new DiskTree(folder.resolve("claimed"));
        assertThat(Claim.read(tree)).isNull();
        Claim first = new Claim(tree, "first", clock::get);
        first.take();
        clock.addAndGet(6_000_000_000L);
        first.show(false);
        assertThat(Claim.read(tree)).isEqualTo(new Claim.State("first", 2, true));
        Claim second = new Claim(tree, "second", clock::get);
        second.take();
        first.show(false); // it looked a moment ago
        assertThatThrownBy(() -> first.show(true)).isInstanceOf(Claim.LostException.class);
        second.free();
        assertThat(Objects.requireNonNull(Claim.read(tree)).writes()).isFalse();
    }

    private void put(String name, String text) throws IOException {
        Path file = run.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    /** As the program makes one: it appears whole, by a rename. */
    private void checkpoint(String name, String what) throws IOException {
        String unfinished = name + ".tmp-new";
        put(unfinished + "/model.safetensors", "model " + what);
        put(unfinished + "/optimizer.safetensors", "optimizer " + what);
        put(unfinished + "/manifest.json", what);
        delete(name);
        Files.move(run.resolve(unfinished), run.resolve(name));
    }

    private void delete(String name) throws IOException {
        for (String file : new DiskTree(run).list(name).keySet()) {
            Files.delete(run.resolve(file));
        }
        Files.deleteIfExists(run.resolve(name));
    }

    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        for (String name : new DiskTree(root).list("").keySet()) {
            texts.put(name, Files.readString(root.resolve(name), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static class Forwarding implements Tree {
        private final Tree tree;

        Forwarding(Tree tree) {
            this.tree = tree;
        }

        @Override
        public Map<String, Stamp> list(String folder) throws IOException {
            return tree.list(folder);
        }

        @Override
        public InputStream open(String name) throws IOException {
            return tree.open(name);
        }

        @Override
        public void write(String name, Body body) throws IOException {
            tree.write(name, body);
        }

        @Override
        public void delete(String name) throws IOException {
            tree.delete(name);
        }

        @Override
        public Tree in(String folder) {
            return new Forwarding(tree.in(folder));
        }
    }

    /** Remembers what is changed, and after so many changes makes no more. */
    private static final class Watched extends Forwarding {
        final List<String> done = new ArrayList<>();
        int stopAfter = Integer.MAX_VALUE;

        Watched(Tree tree) {
            super(tree);
        }

        @Override
        public void write(String name, Body body) throws IOException {
            count("write " + name);
            super.write(name, body);
        }

        @Override
        public void delete(String name) throws IOException {
            count("delete " + name);
            super.delete(name);
        }

        private void count(String what) throws IOException {
            if (stopAfter-- == 0) {
                stopAfter = 0;
                throw new IOException("the machine is lost");
            }
            done.add(what);
        }
    }
}
