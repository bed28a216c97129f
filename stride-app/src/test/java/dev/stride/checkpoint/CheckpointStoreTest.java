package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.Retention.Direction;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
    @TempDir
    Path folder;

    /** Three files whose bytes follow from the step and a version. */
    private static FolderWriter content(long step, int version) {
        return target -> {
            AdapterFiles.write(
                    target,
                    AdapterConfig.of(2, 4, 0, false, List.of("dense"), "base"),
                    List.of(
                            Golden.tensor(step + version, "base_model.model.l.dense.lora_A.weight", DType.F32, 2, 300),
                            Golden.tensor(
                                    step - version, "base_model.model.l.dense.lora_B.weight", DType.F32, 300, 2)));
            ObjectNode state = JsonFile.object();
            state.put("step", step).put("version", version);
            StateFile.write(target, state);
        };
    }

    private static void assertWhole(Checkpoint checkpoint, int version) {
        assertThat(CheckpointStore.verify(checkpoint)).isEmpty();
        ObjectNode state = StateFile.read(checkpoint.folder());
        assertThat(state.path("step").asLong()).isEqualTo(checkpoint.step());
        assertThat(state.path("version").asInt()).isEqualTo(version);
        try (Adapter adapter = Adapter.open(checkpoint.folder())) {
            assertThat(adapter.read("l.dense", AdapterFiles.Factor.A))
                    .isEqualTo(Golden.tensor(
                            checkpoint.step() + version, "base_model.model.l.dense.lora_A.weight", DType.F32, 2, 300));
        }
    }

    @Test
    void save_newCheckpoint_isListedWithItsManifest() throws IOException {
        Path deep = folder.resolve("run").resolve("checkpoints");
        CheckpointStore store = CheckpointStore.open(deep);
        assertThat(store.latest()).isEmpty();
        Checkpoint saved = store.save(500, 10_000, content(500, 0));
        assertThat(saved.folder()).isEqualTo(deep.resolve("step-000500"));
        assertWhole(saved, 0);
        assertThat(files(saved.folder()))
                .containsExactly("adapter_config.json", "adapter_model.safetensors", "manifest.json", "state.json");
        Manifest manifest = Manifest.read(saved.folder());
        assertThat(manifest.files()).hasSize(3);
        assertThat(store.latest()).contains(saved);
        assertThat(store.latestVerified()).contains(saved);
        assertThat(files(deep)).containsExactly("step-000500");
        store.save(1_500_000, 10_000, content(1_500_000, 0));
        store.save(1000, 10_000, content(1000, 0));
        assertThat(store.list().stream().map(Checkpoint::step)).containsExactly(500L, 1000L, 1_500_000L);
    }

    @Test
    void latest_damagedNewest_isPassedOverAndReported() throws IOException {
        CheckpointStore store = CheckpointStore.open(folder);
        for (long step : new long[] {1, 2, 3, 4}) {
            store.save(step, 0, content(step, 0));
        }
        Files.delete(folder.resolve("step-000004/manifest.json"));
        Files.write(folder.resolve("step-000003/state.json"), new byte[3]);
        assertThat(store.latest().orElseThrow().step()).isEqualTo(2);
        assertThat(store.damaged()).hasSize(2);
        // one flipped bit keeps the size: only the checksum sees it
        Path weights = folder.resolve("step-000002/adapter_model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        assertThat(store.latest().orElseThrow().step()).isEqualTo(2);
        assertThat(store.latestVerified().orElseThrow().step()).isEqualTo(1);
        assertThat(CheckpointStore.verify(new Checkpoint(2, folder.resolve("step-000002"))))
                .hasSize(1);
    }

    @Test
    void list_otherNames_areNeverCheckpoints() throws IOException {
        CheckpointStore store = CheckpointStore.open(folder);
        store.save(7, 0, content(7, 0));
        for (String name : List.of("step-7", "step-0000007", "step-000008.tmp-new", "step-000009.set-aside", "x")) {
            Path copy = Files.createDirectory(folder.resolve(name));
            for (String file : files(folder.resolve("step-000007"))) {
                Files.copy(folder.resolve("step-000007").resolve(file), copy.resolve(file));
            }
        }
        assertThat(CheckpointStore.view(folder).list()).hasSize(1);
        assertThat(files(folder)).hasSize(6);
    }

    @Test
    void open_leftoversOfAKilledWriter_areCleared() throws IOException {
        CheckpointStore.open(folder).save(1, 0, content(1, 0));
        Files.createDirectories(folder.resolve("step-000002.tmp-new/sub"));
        Files.writeString(folder.resolve("step-000002.tmp-new/model.safetensors"), "half");
        Files.createDirectories(folder.resolve("step-000000.tmp-gone"));
        Files.createDirectories(folder.resolve("notes.tmp-new"));
        CheckpointStore.view(folder);
        assertThat(files(folder)).hasSize(4);
        CheckpointStore store = CheckpointStore.open(folder);
        assertThat(files(folder)).containsExactly("notes.tmp-new", "step-000001");
        assertThat(store.list()).hasSize(1);
    }

    @Test
    void save_sameStepAgain_replacesIt() throws IOException {
        CheckpointStore store = CheckpointStore.open(folder);
        store.save(5, 0, content(5, 0));
        assertWhole(store.save(5, 0, content(5, 1)), 1);
        assertThat(files(folder)).containsExactly("step-000005");
    }

    /** Whatever fails, and whether the process lives on or dies there: the checkpoint before is whole. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void save_faultAtEveryOperation_keepsThePrevious(boolean dies) {
        int faults = 0;
        for (int n = 1; ; n++) {
            Path place = folder.resolve("case-" + dies + n);
            CheckpointStore.open(place).save(1, 0, content(1, 0));
            FaultyDisk disk = new FaultyDisk(n, dies);
            boolean thrown = false;
            try {
                CheckpointStore.open(place, disk).save(2, 0, content(2, 0));
            } catch (UncheckedIOException e) {
                thrown = true;
                assertThat(e).hasMessageContaining("step-000002").hasMessageContaining("No space left on device");
            }
            CheckpointStore after = CheckpointStore.open(place);
            assertWhole(after.list().get(0), 0);
            Checkpoint latest = after.latestVerified().orElseThrow();
            assertWhole(latest, 0);
            assertThat(latest.step()).isBetween(thrown ? 1L : 2L, 2L);
            assertThat(after.damaged()).isEmpty();
            assertThat(after.list()).hasSameSizeAs(files(place));
            if (!disk.failed()) {
                break;
            }
            faults++;
        }
        assertThat(faults).isBetween(20, 60);
    }

    /** The same when the step is there already: the old or the new one, whole, and nothing else. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void saveAgain_faultAtEveryOperation_leavesOldOrNew(boolean dies) {
        Set<Integer> seen = new TreeSet<>();
        int faults = 0;
        for (int n = 1; ; n++) {
            Path place = folder.resolve("again-" + dies + n);
            CheckpointStore.open(place).save(1, 0, content(1, 0));
            FaultyDisk disk = new FaultyDisk(n, dies);
            boolean thrown = false;
            try {
                CheckpointStore.open(place, disk).save(1, 0, content(1, 1));
            } catch (UncheckedIOException e) {
                thrown = true;
            }
            CheckpointStore after = CheckpointStore.open(place);
            Checkpoint only = after.latestVerified().orElseThrow();
            int version = StateFile.read(only.folder()).path("version").asInt();
            assertWhole(only, version);
            seen.add(version);
            assertThat(thrown || version == 1)
                    .as("a save that returned is there")
                    .isTrue();
            assertThat(files(place)).containsExactly("step-000001");
            if (!disk.failed()) {
                break;
            }
            faults++;
        }
        assertThat(seen).containsExactly(0, 1);
        assertThat(faults).isBetween(20, 60);
    }

    @Test
    void save_writerThrows_leavesNothing() {
        CheckpointStore store = CheckpointStore.open(folder);
        store.save(1, 0, content(1, 0));
        assertThatThrownBy(() -> store.save(2, 0, target -> {
                    target.writeText("a", "b");
                    throw new IllegalStateException("the model is gone");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(files(folder)).containsExactly("step-000001");
    }

    @Test
    void save_fileLeftOpenOrNamedBadly_isTheCallersMistake() {
        CheckpointStore store = CheckpointStore.open(folder);
        assertThatThrownBy(() -> store.save(2, 0, target -> target.create("a")))
                .isInstanceOf(IllegalStateException.class);
        for (String name : List.of("manifest.json", "../a", "a/b", "", "..", "a\\b", "c:d")) {
            assertThatThrownBy(() -> store.save(2, 0, target -> target.writeText(name, "")))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> store.save(2, 0, target -> {
                    target.writeText("a", "");
                    target.writeText("a", "");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void save_tooLittleRoom_isRefusedBeforeAnythingChanges() {
        Path place = folder.resolve("not-there-yet");
        CheckpointStore store = CheckpointStore.open(place);
        assertThatThrownBy(() -> store.save(1, Long.MAX_VALUE / 2, content(1, 0)))
                .isInstanceOf(NoRoomException.class)
                .hasMessageContaining("are free")
                .hasMessageContaining("step-000001");
        assertThat(place).doesNotExist();
    }

    @Test
    void prune_keepLast_deletesTheOldest() {
        CheckpointStore store = steps(1, 2, 3, 4, 5);
        assertThat(store.prune(Retention.last(2), Map.of())).containsExactly(1L, 2L, 3L);
        assertThat(store.prune(Retention.last(2), Map.of())).isEmpty();
        assertThat(files(folder)).containsExactly("step-000004", "step-000005");
    }

    @Test
    void prune_keepBest_keepsBestAndNewest() {
        Map<Long, Double> loss = Map.of(1L, 3.0, 2L, 1.0, 3L, Double.NaN, 4L, 2.0, 5L, 9.0);
        CheckpointStore store = steps(1, 2, 3, 4, 5);
        assertThat(store.best(Direction.LOWER_IS_BETTER, loss).orElseThrow().step())
                .isEqualTo(2);
        assertThat(store.best(Direction.HIGHER_IS_BETTER, loss).orElseThrow().step())
                .isEqualTo(5);
        assertThat(store.prune(new Retention(1, 2, Direction.LOWER_IS_BETTER), loss))
                .containsExactly(1L, 3L);
        assertThat(store.list().stream().map(Checkpoint::step)).containsExactly(2L, 4L, 5L);
    }

    @Test
    void best_notFiniteOrMissing_isNeverBest() {
        CheckpointStore store = steps(1, 2, 3, 4);
        Map<Long, Double> values = new HashMap<>(
                Map.of(1L, Double.NaN, 2L, Double.POSITIVE_INFINITY, 3L, Double.NEGATIVE_INFINITY, 9L, 0.0));
        for (Direction direction : Direction.values()) {
            assertThat(store.best(direction, values)).isEmpty();
        }
        values.put(4L, 100.0);
        for (Direction direction : Direction.values()) {
            assertThat(store.best(direction, values).map(Checkpoint::step)).isEqualTo(Optional.of(4L));
        }
    }

    @Test
    void best_equalValues_isTheEarliest() {
        CheckpointStore store = steps(1, 2, 3);
        for (Direction direction : Direction.values()) {
            assertThat(store.best(direction, Map.of(1L, 5.0, 2L, 5.0, 3L, 5.0))
                            .orElseThrow()
                            .step())
                    .isEqualTo(1);
        }
    }

    @Test
    void prune_anyMetrics_keepsNewestAndBestAndNoMoreThanAsked() {
        Random random = new Random(5);
        for (int round = 0; round < 15; round++) {
            Path place = folder.resolve("round-" + round);
            CheckpointStore store = CheckpointStore.open(place);
            Map<Long, Double> values = new HashMap<>();
            int count = 1 + random.nextInt(6);
            for (long step = 1; step <= count; step++) {
                long saved = step;
                store.save(step, 0, target -> target.writeText("x", "" + saved));
                values.put(step, random.nextInt(4) == 0 ? Double.NaN : random.nextInt(3));
            }
            Retention retention =
                    new Retention(1 + random.nextInt(3), random.nextInt(3), Direction.values()[random.nextInt(2)]);
            Optional<Checkpoint> best = store.best(retention.direction(), values);
            List<Long> deleted = store.prune(retention, values);
            List<Checkpoint> left = store.list();
            assertThat(left.get(left.size() - 1).step()).isEqualTo(count);
            if (retention.keepBest() > 0) {
                assertThat(left).containsAll(best.stream().toList());
            }
            assertThat(left.size() + deleted.size()).isEqualTo(count);
            assertThat(left).hasSizeLessThanOrEqualTo(retention.keepLast() + retention.keepBest());
            assertThat(files(place)).hasSameSizeAs(left);
        }
    }

    @Test
    void prune_damagedNewest_keepsTheNewestWholeOne() throws IOException {
        CheckpointStore store = steps(1, 2, 3);
        Files.delete(folder.resolve("step-000003/state.json"));
        assertThat(store.prune(Retention.last(1), Map.of())).containsExactly(1L);
        assertThat(store.latest().orElseThrow().step()).isEqualTo(2);
        assertThat(folder.resolve("step-000003")).exists();
    }

    @Test
    void state_numbers_comeBackBitForBit() throws IOException {
        Random random = new Random(9);
        double[] numbers = new double[500];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Double.longBitsToDouble(random.nextLong());
        }
        numbers[0] = Double.NaN;
        numbers[1] = Double.NEGATIVE_INFINITY;
        numbers[2] = -0.0;
        ObjectNode tree = JsonFile.object();
        tree.put("seed", Long.MIN_VALUE).put("rate", 5e-5f);
        for (int i = 0; i < numbers.length; i++) {
            tree.put("n" + i, numbers[i]);
        }
        Checkpoint saved = CheckpointStore.open(folder).save(1, 0, target -> StateFile.write(target, tree));
        ObjectNode read = StateFile.read(saved.folder());
        assertThat(read.path("seed").asLong()).isEqualTo(Long.MIN_VALUE);
        assertThat((float) read.path("rate").asDouble()).isEqualTo(5e-5f);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(StateFile.number(read.path("n" + i), "n" + i)).isEqualTo(Double.valueOf(numbers[i]));
        }
        assertThatThrownBy(() -> StateFile.number(read.path("none"), "none")).isInstanceOf(UserException.class);
        assertThatThrownBy(() -> StateFile.read(folder)).isInstanceOf(UserException.class);
    }

    private CheckpointStore steps(long... steps) {
        CheckpointStore store = CheckpointStore.open(folder);
        for (long step : steps) {
            store.save(step, 0, content(step, 0));
        }
        return store;
    }

    private static List<String> files(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
