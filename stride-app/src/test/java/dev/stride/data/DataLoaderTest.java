package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import dev.stride.tokenizer.TokenizedExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataLoaderTest {
    /** Splits a packed or padded batch into its segments, as the tokens and targets they train. */
    private static List<String> segments(Batch batch) {
        List<String> segments = new ArrayList<>();
        int start = 0;
        int next = 0;
        for (int length : batch.segmentLengths()) {
            StringBuilder trained = new StringBuilder();
            while (next < batch.targets().length && batch.trainedPositions()[next] < start + length) {
                trained.append(' ')
                        .append(batch.trainedPositions()[next] - start)
                        .append('>')
                        .append(batch.targets()[next]);
                next++;
            }
            int[] ids = Arrays.copyOfRange(batch.inputIds(), start, start + length);
            int end = length;
            // the fake tokenizer ends each row with 1; what follows is padding
            while (ids[end - 1] != 1) {
                assertThat(ids[end - 1]).isZero();
                end--;
            }
            segments.add(Arrays.toString(Arrays.copyOf(ids, end)) + trained);
            start += length;
        }
        return segments;
    }

    private static List<String> segments(Update update) {
        return update.microBatches().stream()
                .flatMap(batch -> segments(batch).stream())
                .toList();
    }

    private static List<Update> take(DataLoader loader, int count) {
        List<Update> updates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            updates.add(loader.next());
        }
        return updates;
    }

    private static String fingerprint(Update update) {
        StringBuilder text = new StringBuilder();
        text.append(update.epoch()).append('/').append(update.stepInEpoch());
        text.append(' ').append(update.trainedTokens()).append(' ').append(update.sources());
        for (Batch batch : update.microBatches()) {
            text.append(Arrays.toString(batch.inputIds())).append(Arrays.toString(batch.segmentLengths()));
            text.append(Arrays.toString(batch.trainedPositions())).append(Arrays.toString(batch.targets()));
        }
        return text.toString();
    }

    @Test
    void next_anyBatchMicroAndWorld_everyRowExactlyOnceAnEpoch() {
        Random random = new Random(11);
        int rowsSeen = 0;
        for (int round = 0; round < 150; round++) {
            int rows = 1 + random.nextInt(40);
            int batch = 1 + random.nextInt(12);
            int world = 1 + random.nextInt(4);
            boolean byRows = random.nextBoolean();
            LoaderSettings settings = new LoaderSettings(
                    batch,
                    byRows ? 1 + random.nextInt(5) : 0,
                    byRows ? 0 : 10 + random.nextInt(200),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextLong(),
                    0,
                    1);
            TokenizedData data = Tokens.tokenized(rows);
            List<DataLoader> ranks = IntStream.range(0, world)
                    .mapToObj(rank -> new DataLoader(data, settings.forRank(rank, world)))
                    .toList();
            int updates = ranks.get(0).updatesPerEpoch();
            assertThat(updates).isEqualTo((rows + batch - 1) / batch);
            for (int epoch = 1; epoch <= 2; epoch++) {
                List<String> sources = new ArrayList<>();
                List<String> trained = new ArrayList<>();
                for (int step = 1; step <= updates; step++) {
                    List<Update> shares = ranks.stream().map(DataLoader::next).toList();
                    Update first = shares.get(0);
                    assertThat(first.epoch()).isEqualTo(epoch);
                    assertThat(first.stepInEpoch()).isEqualTo(step);
                    int size = step < updates ? batch : rows - batch * (updates - 1);
                    assertThat(first.sources()).hasSize(size);
                    sources.addAll(first.sources());
                    long tokens = 0;
                    for (Update share : shares) {
                        assertThat(share.sources()).isEqualTo(first.sources());
                        assertThat(share.trainedTokens()).isEqualTo(first.trainedTokens());
                        trained.addAll(segments(share));
                        tokens += share.microBatches().stream()
                                .mapToInt(Batch::numTrainedTokens)
                                .sum();
                    }
                    assertThat(tokens).isEqualTo(first.trainedTokens());
                }
                assertThat(sources).as("round %d", round).hasSize(rows).doesNotHaveDuplicates();
                assertThat(trained).as("round %d", round).hasSize(rows).doesNotHaveDuplicates();
                rowsSeen += rows;
            }
        }
        assertThat(rowsSeen).isGreaterThan(5000);
    }

    @Test
    void next_microBatches_keepTheirLimit() {
        TokenizedData data = Tokens.tokenized(60);
        int alone = 0;
        for (boolean packing : new boolean[] {true, false}) {
            for (int budget : new int[] {1, 40, 100, 1000}) {
                DataLoader loader = new DataLoader(
                        data, LoaderSettings.tokens(20, budget, 5).withPacking(packing));
                for (Update update : take(loader, loader.updatesPerEpoch())) {
                    for (Batch batch : update.microBatches()) {
                        boolean single = batch.segmentLengths().length == 1;
                        assertThat(batch.numTokens() <= budget || single).isTrue();
                        alone += single ? 1 : 0;
                    }
                }
            }
            DataLoader byRows =
                    new DataLoader(data, LoaderSettings.rows(20, 6, 5).withPacking(packing));
            assertThat(byRows.next().microBatches())
                    .extracting(batch -> batch.segmentLengths().length)
                    .containsExactly(6, 6, 6, 2);
        }
        assertThat(alone).isGreaterThan(60);
    }

    /** Greedy: the first row of each micro-batch would not have fitted into the one before. */
    @Test
    void next_tokenBudget_isFilledAsFarAsItGoes() {
        TokenizedData data = Tokens.tokenized(60);
        DataLoader loader = new DataLoader(data, LoaderSettings.tokens(60, 150, 5));
        List<Batch> batches = loader.next().microBatches();
        assertThat(batches).hasSizeBetween(5, 59);
        for (int i = 1; i < batches.size(); i++) {
            int joined = batches.get(i - 1).numTokens() + batches.get(i).segmentLengths()[0];
            assertThat(joined).isGreaterThan(150);
        }
    }

    @Test
    void next_packedAndPadded_holdTheSameTokensAndTargets() {
        TokenizedData data = Tokens.tokenized(37);
        DataLoader packed = new DataLoader(data, LoaderSettings.rows(8, 3, 9));
        DataLoader padded = new DataLoader(data, LoaderSettings.rows(8, 3, 9).withPacking(false));
        int updates = 0;
        boolean filled = false;
        for (int i = 0; i < 10; i++) {
            Update a = packed.next();
            Update b = padded.next();
            assertThat(segments(a)).isEqualTo(segments(b));
            assertThat(a.trainedTokens()).isEqualTo(b.trainedTokens());
            filled |= a.microBatches().get(0).numTokens()
                    < b.microBatches().get(0).numTokens();
            updates++;
        }
        assertThat(updates).isEqualTo(10);
        assertThat(filled).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void restore_everyPosition_equalsTheUninterruptedLoader(boolean shuffle) {
        TokenizedData data = Tokens.tokenized(new int[] {17, 9}, new double[] {1.3, 0.5});
        LoaderSettings settings = LoaderSettings.tokens(4, 90, 21).withShuffle(shuffle);
        DataLoader uninterrupted = new DataLoader(data, settings);
        int total = 3 * uninterrupted.updatesPerEpoch();
        List<DataPosition> positions = new ArrayList<>();
        List<String> updates = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            positions.add(uninterrupted.position());
            updates.add(fingerprint(uninterrupted.next()));
        }
        assertThat(new HashSet<>(updates)).hasSize(total);
        int compared = 0;
        for (int start = 0; start < total; start++) {
            DataLoader resumed = new DataLoader(data, settings);
            take(resumed, start % 5);
            resumed.restore(positions.get(start));
            assertThat(resumed.position()).isEqualTo(positions.get(start));
            for (int i = start; i < total; i++) {
                assertThat(fingerprint(resumed.next())).isEqualTo(updates.get(i));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(total * (total + 1) / 2);
    }

    @Test
    void restore_otherRanksOrMicroBatch_goesOnWithTheSameRows() {
        TokenizedData data = Tokens.tokenized(20);
        DataLoader one = new DataLoader(data, LoaderSettings.rows(6, 2, 1));
        take(one, 2);
        DataLoader other = new DataLoader(
                data, LoaderSettings.tokens(6, 70, 1).withPacking(false).forRank(1, 2));
        other.restore(one.position());
        assertThat(other.next().sources()).isEqualTo(one.next().sources());
    }

    @Test
    void restore_otherDataSeedOrBatch_isRefused() {
        DataPosition position = new DataLoader(Tokens.tokenized(20), LoaderSettings.rows(6, 2, 1)).position();
        List<DataLoader> others = List.of(
                new DataLoader(Tokens.tokenized(21), LoaderSettings.rows(6, 2, 1)),
                new DataLoader(Tokens.tokenized(20), LoaderSettings.rows(5, 2, 1)),
                new DataLoader(Tokens.tokenized(20), LoaderSettings.rows(6, 2, 2)),
                new DataLoader(
                        Tokens.tokenized(20), LoaderSettings.rows(6, 2, 1).withShuffle(false)));
        for (DataLoader other : others) {
            assertThatThrownBy(() -> other.restore(position))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("other data or another order");
        }
        DataPosition beyond = new DataPosition(0, 4, position.data());
        DataLoader same = new DataLoader(Tokens.tokenized(20), LoaderSettings.rows(6, 2, 1));
        assertThatThrownBy(() -> same.restore(beyond)).isInstanceOf(UserException.class);
    }

    @Test
    void next_shuffleOff_isFileOrderInEveryEpoch() {
        DataLoader loader =
                new DataLoader(Tokens.tokenized(5), LoaderSettings.rows(2, 2, 1).withShuffle(false));
        List<String> sources =
                take(loader, 6).stream().flatMap(u -> u.sources().stream()).toList();
        List<String> epoch = List.of("a.jsonl:1", "a.jsonl:2", "a.jsonl:3", "a.jsonl:4", "a.jsonl:5");
        assertThat(sources.subList(0, 5)).isEqualTo(epoch);
        assertThat(sources.subList(5, 10)).isEqualTo(epoch);
    }

    @Test
    void next_shuffleOn_differsByEpochAndSeedButNotByRun() {
        List<List<String>> orders = new ArrayList<>();
        for (long seed : new long[] {1, 1, 2}) {
            DataLoader loader = new DataLoader(Tokens.tokenized(30), LoaderSettings.rows(30, 30, seed));
            orders.add(loader.next().sources());
            orders.add(loader.next().sources());
        }
        assertThat(orders.get(0)).isEqualTo(orders.get(2)).isNotEqualTo(orders.get(1));
        assertThat(orders.get(1)).isEqualTo(orders.get(3));
        assertThat(new HashSet<>(orders)).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void next_weights_useTheirShareOfEachFile(boolean shuffle) {
        TokenizedData data = Tokens.tokenized(new int[] {10, 20, 4, 3}, new double[] {2, 0.2, 1.5, 0.01});
        DataLoader loader = new DataLoader(data, LoaderSettings.rows(7, 7, 3).withShuffle(shuffle));
        assertThat(loader.rowsPerEpoch()).isEqualTo(20 + 4 + 6 + 1);
        List<List<String>> drawn = new ArrayList<>();
        for (int epoch = 0; epoch < 6; epoch++) {
            Map<String, Integer> uses = new HashMap<>();
            for (Update update : take(loader, loader.updatesPerEpoch())) {
                update.sources().forEach(source -> uses.merge(source, 1, Integer::sum));
            }
            assertThat(count(uses, "a", 2)).isEqualTo(10);
            assertThat(count(uses, "b", 1)).isEqualTo(4);
            assertThat(count(uses, "c", 1)).isEqualTo(2);
            assertThat(count(uses, "c", 2)).isEqualTo(2);
            assertThat(count(uses, "d", 1)).isEqualTo(1);
            assertThat(uses).hasSize(10 + 4 + 4 + 1);
            drawn.add(uses.keySet().stream()
                    .filter(s -> s.startsWith("b"))
                    .sorted()
                    .toList());
        }
        assertThat(new HashSet<>(drawn)).as("drawn anew in each epoch").hasSizeGreaterThan(3);
    }

    private static long count(Map<String, Integer> uses, String file, int times) {
        return uses.entrySet().stream()
                .filter(use -> use.getKey().startsWith(file) && use.getValue() == times)
                .count();
    }

    @Test
    void next_rowsWithoutTrainedToken_areInNoBatch() {
        DataSet set = Tokens.dataSet(new int[] {20}, new double[] {1});
        TokenizedData data = TokenizedData.of(set, Tokens::codePoints, example -> Tokens.cut(example, 15));
        int trainable = 20 - data.untrainedSources().size();
        DataLoader loader = new DataLoader(data, LoaderSettings.rows(1, 1, 3));
        assertThat(loader.updatesPerEpoch()).isEqualTo(trainable).isBetween(1, 19);
        for (Update update : take(loader, trainable)) {
            assertThat(update.trainedTokens()).isPositive();
            assertThat(data.untrainedSources()).doesNotContainAnyElementsOf(update.sources());
        }
    }

    @Test
    void new_noTrainableRow_isRefused() {
        TokenizedData data = TokenizedData.of(
                Tokens.dataSet(new int[] {3}, new double[] {1}), Tokens::codePoints, example -> Tokens.cut(example, 2));
        assertThatThrownBy(() -> new DataLoader(data, LoaderSettings.rows(1, 1, 1)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("3 were cut");
    }

    @Test
    void numUpdates_partsOfAnEpoch_areRoundedUp() {
        DataLoader loader = new DataLoader(Tokens.tokenized(20), LoaderSettings.rows(2, 2, 1));
        assertThat(loader.numUpdates(3)).isEqualTo(30);
        assertThat(loader.numUpdates(1.1)).isEqualTo(11);
        assertThat(loader.numUpdates(0.25)).isEqualTo(3);
    }

    @Test
    void next_moreRanksThanRows_leavesSomeWithoutMicroBatch() {
        TokenizedData data = Tokens.tokenized(2);
        int rows = 0;
        int idle = 0;
        for (int rank = 0; rank < 5; rank++) {
            Update update = new DataLoader(data, LoaderSettings.rows(4, 4, 1).forRank(rank, 5)).next();
            rows += segments(update).size();
            idle += update.microBatches().isEmpty() ? 1 : 0;
        }
        assertThat(rows).isEqualTo(2);
        assertThat(idle).isEqualTo(3);
    }

    @Test
    void settings_impossible_nameAllFaults() {
        assertThatThrownBy(() -> new LoaderSettings(0, 0, 0, true, true, 1, 2, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("batch is 0", "microRows is 0", "rank is 2 of 2");
    }

    /**
     * Saved runs rely on these orders: they may never change. They come from a second implementation of the documented
     * rule, written apart from this one.
     */
    @Test
    void shuffle_knownSeeds_giveTheDocumentedOrder() {
        int[] ten = IntStream.range(0, 10).toArray();
        new SeededShuffle(42, 0, 0).shuffle(ten);
        assertThat(ten).containsExactly(5, 1, 9, 6, 7, 2, 4, 0, 8, 3);
        int[] five = IntStream.range(0, 5).toArray();
        new SeededShuffle(-7, 3, 2).shuffle(five);
        assertThat(five).containsExactly(1, 3, 0, 4, 2);
    }

    /** First numbers of SplitMix64 from seed 1234567, as its authors' reference code prints them. */
    @Test
    void next_splitMix64_isTheReferenceGenerator() {
        SeededShuffle generator = new SeededShuffle(1234567);
        assertThat(List.of(generator.next(), generator.next(), generator.next()))
                .containsExactly(
                        Long.parseUnsignedLong("6457827717110365317"),
                        Long.parseUnsignedLong("3203168211198807973"),
                        Long.parseUnsignedLong("9817491932198370423"));
    }

    /** 6,000 shuffles of 4 values: each value stands at each place about 1,500 times (5 standard deviations: 168). */
    @Test
    void shuffle_manySeeds_isFair() {
        int[][] counts = new int[4][4];
        for (int seed = 0; seed < 6000; seed++) {
            int[] values = {0, 1, 2, 3};
            new SeededShuffle(7, seed, 0).shuffle(values);
            for (int place = 0; place < 4; place++) {
                counts[place][values[place]]++;
            }
        }
        for (int[] row : counts) {
            for (int count : row) {
                assertThat(count).isBetween(1500 - 168, 1500 + 168);
            }
        }
    }

    @Test
    void trainedTokens_ofAnUpdate_areThoseOfItsRows() {
        TokenizedData data = Tokens.tokenized(6);
        DataLoader loader = new DataLoader(
                data, LoaderSettings.rows(6, 2, 1).withShuffle(false).forRank(0, 3));
        long expected = IntStream.range(0, 6)
                .mapToObj(data::get)
                .mapToLong(TokenizedExample::numTrainedTokens)
                .sum();
        assertThat(loader.next().trainedTokens()).isEqualTo(expected);
    }
}
