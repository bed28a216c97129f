package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.model.Sampling;
import dev.stride.tokenizer.SmallVocabulary;
import dev.stride.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    private static final int FIRST_BYTE = 3;

    private final Tokenizer tokenizer = SmallVocabulary.tokenizer();

    @Test
    void feed_charactersOfSeveralTokens_areShownWhole() {
        String text = "饕餮 😀";
        TextStream stream = new TextStream(tokenizer.newDecoder(), List.of());
        List<String> shown = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            String piece = stream.feed(FIRST_BYTE + (b & 0xFF));
            if (!piece.isEmpty()) {
                shown.add(piece);
            }
        }
        assertThat(shown).containsExactly("饕", "餮", " ", "😀");
        assertThat(stream.finish()).isEmpty();
        assertThat(stream.text()).isEqualTo(text);
    }

    @Test
    void finish_halfACharacter_isMarked() {
        TextStream stream = new TextStream(tokenizer.newDecoder(), List.of());
        assertThat(stream.feed(FIRST_BYTE + 0xE9)).isEmpty();
        assertThat(stream.finish()).isEqualTo("\uFFFD");
    }

    @Test
    void feed_stopText_isNeverShownNotEvenItsBeginning() {
        TextStream stream = new TextStream(tokenizer.newDecoder(), List.of("。结束", "###"));
        StringBuilder shown = new StringBuilder();
        for (byte b : "一#二##三。结论。结束四".getBytes(StandardCharsets.UTF_8)) {
            if (!stream.isStopped()) {
                shown.append(stream.feed(FIRST_BYTE + (b & 0xFF)));
                assertThat(shown.toString()).doesNotEndWith("#").doesNotEndWith("。");
            }
        }
        assertThat(stream.isStopped()).isTrue();
        assertThat(shown).hasToString("一#二##三。结论");
    }

    @Test
    void submit_randomBytesAndStops_piecesAreTheText() throws InterruptedException {
        int answers = 0;
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(8, 4096))) {
            for (int[] prompt : EngineRig.prompts(12, 30, 9)) {
                ChatRequest request =
                        ChatRequest.of(EngineRig.BASE, prompt, new Sampling(2, 0, 1, 60, Set.of(), prompt.length));
                ChatAnswer free = engine.submit(request);
                ChatEnd end = free.await();
                StringBuilder text = new StringBuilder();
                int tokens = 0;
                for (ChatPiece piece : free.take(Duration.ZERO)) {
                    text.append(piece.text());
                    tokens += piece.tokens().size();
                }
                assertThat(tokens).isEqualTo(60).isEqualTo(end.newTokens());
                assertThat(text).hasToString(end.text());
                assertThat(end.text()).isEqualTo(tokenizer.decode(end.newIds()));
                assertThat(free.isDone()).isTrue();
                String stop = end.text().substring(20, 22);
                ChatEnd stopped =
                        engine.submit(request.withStops(List.of(stop))).await();
                assertThat(stopped.reason()).isEqualTo(ChatEnd.Reason.STOP);
                assertThat(stopped.text())
                        .isEqualTo(end.text().substring(0, end.text().indexOf(stop)));
                answers++;
            }
        }
        assertThat(answers).isEqualTo(12);
    }
}
