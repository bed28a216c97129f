package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stride.config.UserException;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Generator;
import dev.stride.model.Sampling;
import dev.stride.model.TinyModel;
import dev.stride.tokenizer.SmallVocabulary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChatEngineTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void submit_greedyManyAtOnce_equalsTheStaticBatchOneAtATime() throws InterruptedException {
        List<int[]> prompts = EngineRig.prompts(24, 70, 1);
        List<ChatRequest> requests = prompts.stream()
                .map(prompt -> EngineRig.greedy(EngineRig.BASE, prompt, 20))
                .toList();
        List<int[]> together;
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(16, 4096))) {
            together = EngineRig.together(engine, requests);
        }
        try (ChatGlmModel model = TinyModel.open()) {
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(together.get(i))
                        .as("prompt of %d tokens", prompts.get(i).length)
                        .isEqualTo(new Generator(model)
                                .generate(List.of(prompts.get(i)), Sampling.greedy(20, Set.of()))
                                .get(0));
            }
        }
    }

    @Test
    void submit_adaptersInOneBatch_greedyAndSeeded_equalEachAlone() throws InterruptedException {
        List<ChatRequest> requests = new ArrayList<>();
        List<int[]> prompts = EngineRig.prompts(18, 60, 2);
        for (int i = 0; i < prompts.size(); i++) {
            String name = EngineRig.NAMES.get(i % 3);
            requests.add(
                    i % 2 == 0
                            ? EngineRig.greedy(name, prompts.get(i), 8 + i)
                            : EngineRig.sampled(name, prompts.get(i), 8 + i, i));
        }
        List<int[]> together;
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(18, 4096))) {
            together = EngineRig.together(engine, requests);
            assertThat(engine.status().passes())
                    .as("answered together")
                    .isLessThan(together.stream().mapToInt(ids -> ids.length).sum() / 3);
        }
        List<int[]> alone = EngineRig.alone(requests);
        for (int i = 0; i < alone.size(); i++) {
            assertThat(together.get(i))
                    .as("request %d, %s", i, requests.get(i).model())
                    .isEqualTo(alone.get(i));
        }
    }

    @Test
    void submit_otherModelOrSeed_answersOtherwise() throws InterruptedException {
        int[] prompt = EngineRig.prompts(1, 40, 3).get(0);
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 2048))) {
            List<int[]> greedy = EngineRig.together(
                    engine,
                    EngineRig.NAMES.stream()
                            .map(name -> EngineRig.greedy(name, prompt, 20))
                            .toList());
            assertThat(greedy.stream().map(Arrays::toString).distinct()).hasSize(3);
            List<int[]> seeds = EngineRig.together(
                    engine,
                    List.of(
                            EngineRig.sampled(EngineRig.BASE, prompt, 20, 1),
                            EngineRig.sampled(EngineRig.BASE, prompt, 20, 1),
                            EngineRig.sampled(EngineRig.BASE, prompt, 20, 2)));
            assertThat(seeds.get(0)).isEqualTo(seeds.get(1)).isNotEqualTo(seeds.get(2));
        }
    }

    @Test
    void submit_promptThatBeginsLikeAnother_isComputedFromWhereTheyPart() throws InterruptedException {
        int[] first = EngineRig.prompts(30, 120, 5).stream()
                .filter(p -> p.length > 90)
                .findFirst()
                .orElseThrow();
        int[] longer = Arrays.copyOf(first, first.length + 5);
        int[] parting = first.clone();
        parting[50] = parting[50] == 7 ? 8 : 7;
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 4096))) {
            ChatEnd cold =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, first, 10)).await();
            ChatEnd again =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, first, 10)).await();
            ChatEnd more =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, longer, 10)).await();
            ChatEnd half =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, parting, 10)).await();
            ChatEnd other =
                    engine.submit(EngineRig.greedy(EngineRig.ONE, first, 10)).await();
            assertThat(cold.cachedTokens()).isZero();
            assertThat(again.cachedTokens()).isEqualTo(first.length - 1);
            assertThat(again.newIds()).isEqualTo(cold.newIds());
            assertThat(more.cachedTokens()).isEqualTo(first.length);
            assertThat(half.cachedTokens()).isEqualTo(50);
            assertThat(other.cachedTokens())
                    .as("another adapter's keys are other keys")
                    .isZero();
            List<int[]> alone = EngineRig.alone(List.of(
                    EngineRig.greedy(EngineRig.BASE, longer, 10), EngineRig.greedy(EngineRig.BASE, parting, 10)));
            assertThat(more.newIds()).isEqualTo(alone.get(0));
            assertThat(half.newIds()).isEqualTo(alone.get(1));
            assertThat(engine.status().cachedTokens()).isEqualTo(first.length - 1 + first.length + 50);
        }
    }

    @Test
    void submit_sameBeginningAtOnce_readsItOnce() throws InterruptedException {
        int[] system = EngineRig.prompts(30, 120, 5).stream()
                .filter(p -> p.length > 90)
                .findFirst()
                .orElseThrow();
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int[] prompt = Arrays.copyOf(system, system.length + 3);
            prompt[system.length] = 10 + i;
            requests.add(EngineRig.greedy(EngineRig.TWO, prompt, 6));
        }
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 4096))) {
            List<int[]> together = EngineRig.together(engine, requests);
            assertThat(engine.status().cachedTokens()).isEqualTo(5L * system.length);
            List<int[]> alone = EngineRig.alone(requests);
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(i)).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void submit_smallCache_waitsForRoomAndAnswersAll() throws InterruptedException {
        List<ChatRequest> requests = EngineRig.prompts(20, 40, 6).stream()
                .map(prompt -> EngineRig.greedy(EngineRig.BASE, prompt, 20))
                .toList();
        try (ChatEngine small = EngineRig.open(EngineRig.settings(8, 70));
                ChatEngine large = EngineRig.open(EngineRig.settings(8, 4096))) {
            List<int[]> tight = EngineRig.together(small, requests);
            List<int[]> wide = EngineRig.together(large, requests);
            for (int i = 0; i < wide.size(); i++) {
                assertThat(tight.get(i)).isEqualTo(wide.get(i));
            }
            assertThat(small.status().cacheTokensHeld()).isZero();
        }
    }

    @Test
    void submit_stopId_endsAndIsCountedButNotShown() throws InterruptedException {
        int[] prompt = EngineRig.prompts(1, 40, 3).get(0);
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 2048))) {
            ChatEnd free =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, prompt, 12)).await();
            int stop = free.newIds()[5];
            int at = 0;
            while (free.newIds()[at] != stop) {
                at++;
            }
            ChatEnd stopped = engine.submit(ChatRequest.of(EngineRig.BASE, prompt, Sampling.greedy(12, Set.of(stop))))
                    .await();
            assertThat(free.reason()).isEqualTo(ChatEnd.Reason.LENGTH);
            assertThat(stopped.reason()).isEqualTo(ChatEnd.Reason.STOP);
            assertThat(stopped.newIds()).isEqualTo(Arrays.copyOf(free.newIds(), at + 1));
            assertThat(stopped.text()).isEqualTo(SmallVocabulary.tokenizer().decode(Arrays.copyOf(free.newIds(), at)));
        }
    }

    @Test
    void submit_logprobs_areTheModelsOwnAndDescending() throws InterruptedException {
        int[] prompt = EngineRig.prompts(1, 40, 3).get(0);
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 2048))) {
            ChatAnswer answer =
                    engine.submit(EngineRig.greedy(EngineRig.BASE, prompt, 12).withLogprobs(3));
            answer.await();
            List<ChatPiece.Token> tokens = answer.take(Duration.ZERO).stream()
                    .flatMap(piece -> piece.tokens().stream())
                    .toList();
            assertThat(tokens).hasSize(12);
            for (ChatPiece.Token token : tokens) {
                assertThat(token.top()).hasSize(3);
                assertThat(token.top().get(0).id()).isEqualTo(token.id());
                assertThat(token.top().get(0).logprob())
                        .isEqualTo(token.logprob())
                        .isNegative();
                assertThat(token.top().get(1).logprob()).isLessThanOrEqualTo(token.logprob());
            }
        }
    }

    @Test
    void submit_penalties_keepTokensFromComingAgain() throws InterruptedException {
        int[] prompt = EngineRig.prompts(1, 40, 3).get(0);
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 2048))) {
            ChatRequest plain = EngineRig.greedy(EngineRig.BASE, prompt, 60);
            long usual = distinct(engine.submit(plain).await());
            long penalized = distinct(engine.submit(plain.withPenalties(2, 2)).await());
            assertThat(penalized).isGreaterThan(usual);
        }
    }

    @Test
    void cancel_runningAndWaiting_endsThemAndFreesTheirPlaces() throws InterruptedException {
        int[] prompt = {5, 6, 7};
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(1, 4096))) {
            int free = engine.numFreePlaces();
            ChatAnswer running = engine.submit(EngineRig.greedy(EngineRig.BASE, prompt, 120));
            ChatAnswer waiting = engine.submit(EngineRig.greedy(EngineRig.BASE, prompt, 120));
            assertThat(running.take(LONG)).isNotEmpty();
            waiting.cancel();
            assertThat(waiting.await().reason()).isEqualTo(ChatEnd.Reason.CANCELLED);
            running.cancel();
            ChatEnd end = running.await();
            assertThat(end.reason()).isIn(ChatEnd.Reason.CANCELLED, ChatEnd.Reason.LENGTH);
            assertThat(engine.status().answering()).isZero();
            EngineStatus after = engine.status();
            assertThat(after.cacheTokensHeld()).isZero();
            assertThat(engine.numFreePlaces() + after.cacheTokensKept()).isEqualTo(free);
        }
    }

    @Test
    void submit_queueFull_isRefused() {
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(1, 4096).withWaiting(2))) {
            ChatRequest request = EngineRig.greedy(EngineRig.BASE, new int[] {5, 6}, 120);
            for (int i = 0; i < 3; i++) {
                engine.submit(request);
            }
            ChatRefusal refusal = catchThrowableOfType(ChatRefusal.class, () -> {
                for (int i = 0; i < 100; i++) {
                    engine.submit(request);
                }
            });
            assertThat(refusal.reason()).isEqualTo(ChatRefusal.Reason.BUSY);
        }
    }

    @Test
    void submit_whatCannotBe_isRefusedWithWhatIsAllowed() {
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(1, 100))) {
            assertThat(engine.models().stream().map(ServedModel::name)).containsExactlyElementsOf(EngineRig.NAMES);
            assertThat(engine.model(EngineRig.ONE).contextLength()).isEqualTo(100);
            assertRefused(
                    engine, EngineRig.greedy(EngineRig.BASE, new int[90], 11), ChatRefusal.Reason.TOO_LONG, "100");
            assertRefused(engine, EngineRig.greedy("big", new int[3], 1), ChatRefusal.Reason.UNKNOWN_MODEL, "tiny:two");
            assertRefused(
                    engine, EngineRig.greedy(EngineRig.BASE, new int[] {320}, 1), ChatRefusal.Reason.INVALID, "319");
            assertThatThrownBy(() ->
                            EngineRig.greedy(EngineRig.BASE, new int[0], 1).withStops(List.of("")))
                    .isInstanceOf(ChatRefusal.class);
        }
    }

    @Test
    void close_grace_letsAnswersEnd() throws InterruptedException {
        ChatEngine engine = EngineRig.open(EngineRig.settings(2, 4096));
        List<ChatAnswer> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(engine.submit(EngineRig.greedy(EngineRig.BASE, new int[] {5 + i}, 30)));
        }
        engine.close(LONG);
        for (ChatAnswer answer : answers) {
            assertThat(answer.await().reason()).isEqualTo(ChatEnd.Reason.LENGTH);
        }
        assertThat(catchThrowableOfType(
                                ChatRefusal.class,
                                () -> engine.submit(EngineRig.greedy(EngineRig.BASE, new int[] {5}, 3)))
                        .reason())
                .isEqualTo(ChatRefusal.Reason.CLOSING);
        engine.close();
    }

    @Test
    void close_atOnce_endsEveryAnswer() throws InterruptedException {
        ChatEngine engine = EngineRig.open(EngineRig.settings(2, 4096));
        List<ChatAnswer> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(engine.submit(EngineRig.greedy(EngineRig.BASE, new int[] {5 + i}, 120)));
        }
        engine.close();
        int closed = 0;
        for (ChatAnswer answer : answers) {
            closed += answer.await().reason() == ChatEnd.Reason.CLOSED ? 1 : 0;
        }
        assertThat(closed).isGreaterThanOrEqualTo(4);
    }

    @Test
    void adapters_comeAndGoWhileOthersAnswer() throws InterruptedException {
        int[] prompt = EngineRig.prompts(1, 40, 3).get(0);
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(4, 4096))) {
            ChatEnd two =
                    engine.submit(EngineRig.greedy(EngineRig.TWO, prompt, 30)).await();
            ChatAnswer running = engine.submit(EngineRig.greedy(EngineRig.TWO, prompt, 30));
            String name = engine.addAdapter(
                    EngineRig.BASE, "three", model -> EngineRig.adapter(model, 1, "query_key_value", "dense_4h_to_h"));
            ChatEnd three = engine.submit(EngineRig.greedy(name, prompt, 30)).await();
            ChatEnd one =
                    engine.submit(EngineRig.greedy(EngineRig.ONE, prompt, 30)).await();
            assertThat(three.newIds()).isEqualTo(one.newIds()).isNotEqualTo(two.newIds());
            engine.removeAdapter(EngineRig.TWO);
            assertThat(running.await().newIds()).isEqualTo(two.newIds());
            assertRefused(
                    engine, EngineRig.greedy(EngineRig.TWO, prompt, 1), ChatRefusal.Reason.UNKNOWN_MODEL, "tiny:three");
            assertThat(engine.submit(EngineRig.greedy(name, prompt, 30)).await().newIds())
                    .isEqualTo(one.newIds());
            assertThatThrownBy(() -> engine.addAdapter(EngineRig.BASE, "three", model -> {
                        throw new AssertionError();
                    }))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("tiny:three");
        }
    }

    @Test
    void step_thatFails_failsItsAnswersAlone() throws InterruptedException {
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(4, 4096));
                ChatGlmModel narrow = TinyModel.open()) {
            String broken = engine.addAdapter(EngineRig.BASE, "broken", model -> {
                var tuning = EngineRig.adapter(narrow, 1, "dense");
                tuning.tensors().values().forEach(tensor -> tensor.set_data(tensor.narrow(0, 0, 1)));
                return tuning;
            });
            ChatEnd end =
                    engine.submit(EngineRig.greedy(broken, new int[] {5, 6}, 5)).await();
            assertThat(end.reason()).isEqualTo(ChatEnd.Reason.FAILED);
            assertThat(end.message()).isNotEmpty();
            assertThat(engine.submit(EngineRig.greedy(EngineRig.BASE, new int[] {5, 6}, 5))
                            .await()
                            .reason())
                    .isEqualTo(ChatEnd.Reason.LENGTH);
        }
    }

    @Test
    void start_namesThatAreNone_areRefused() {
        try (ChatGlmModel model = TinyModel.open()) {
            LoadedModel named = new LoadedModel("a:b", model, SmallVocabulary.tokenizer(), Map.of());
            assertThatThrownBy(() -> ChatEngine.start(List.of(named), EngineRig.settings(1, 3)))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("a:b")
                    .hasMessageContaining("cache bytes");
        }
    }

    private static void assertRefused(
            ChatEngine engine, ChatRequest request, ChatRefusal.Reason reason, String allowed) {
        assertThatThrownBy(() -> engine.submit(request))
                .isInstanceOfSatisfying(
                        ChatRefusal.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(reason))
                .hasMessageContaining(allowed);
    }

    private static long distinct(ChatEnd end) {
        return Arrays.stream(end.newIds()).distinct().count();
    }
}
