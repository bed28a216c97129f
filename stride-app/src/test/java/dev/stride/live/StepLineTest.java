package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StepLineTest {
    private final StepLine line = new StepLine();

    private boolean read(String text) throws IOException {
        byte[] bytes = ("##" + text + "##").getBytes(StandardCharsets.UTF_8);
        return line.read(bytes, 2, bytes.length - 2);
    }

    /** Bit for bit what the event was, for many numbers. */
    @Test
    void read_whatAnEventPrints_isTheEvent() throws IOException {
        Random random = new Random(1);
        for (int i = 1; i <= 500; i++) {
            StepEvent event = new StepEvent(
                    i,
                    Math.exp(10 * random.nextGaussian()),
                    Map.of("decay", random.nextDouble() * 1e-5),
                    random.nextGaussian(),
                    random.nextInt(1000),
                    random.nextDouble(),
                    random.nextDouble(),
                    random.nextDouble(),
                    i % 2 == 0 ? Double.NaN : random.nextDouble());
            assertThat(read(event.toJson().toString())).isTrue();
            StepEvent again = new StepEvent(
                    line.step,
                    line.loss,
                    Map.of(line.groups[0], line.rates[0]),
                    line.gradNorm,
                    line.tokens,
                    line.seconds,
                    line.tokensPerSecond,
                    line.epoch,
                    line.moved);
            assertThat(again).isEqualTo(event);
        }
    }

    @Test
    void read_numbersThatAreNotFinite_areTheirWords() throws IOException {
        StepEvent event = new StepEvent(
                1, Double.NaN, Map.of("a", 1.0), Double.POSITIVE_INFINITY, 1, 1, Double.NEGATIVE_INFINITY, 1);
        assertThat(read(event.toJson().toString())).isTrue();
        assertThat(line.loss).isNaN();
        assertThat(line.gradNorm).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(line.tokensPerSecond).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void read_unknownKeysAndTypeAtTheEnd_areNoHindrance() throws IOException {
        assertThat(read("{\"new\":{\"step\":[9]},\"step\":3,\"loss\":1,\"lr\":{\"a\":1,\"b\":2},\"grad_norm\":1,"
                        + "\"tokens\":5,\"seconds\":1,\"branch\":\"recovery-1\",\"type\":\"step\"}"))
                .isTrue();
        assertThat(line.step).isEqualTo(3);
        assertThat(line.numGroups).isEqualTo(2);
        assertThat(line.moved).isNaN();
        assertThat(line.highestRate()).isEqualTo(2);
    }

    @Test
    void read_anotherType_isFalse() throws IOException {
        assertThat(read("{\"type\":\"note\",\"step\":\"any\",\"text\":\"{\"}")).isFalse();
        assertThat(read("{}")).isFalse();
    }

    @Test
    void read_whatIsMissingOrWrong_isNamed() {
        assertThatThrownBy(() -> read("{\"type\":\"step\",\"step\":1}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'loss' is missing");
        assertThatThrownBy(() -> read("{\"type\":\"step\",\"step\":1,\"loss\":\"low\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'loss' must be a number");
        assertThatThrownBy(() -> read("[1]")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("{\"type\":\"note\"}{\"type\":\"note\"}"))
                .hasMessage("more than one JSON object");
        assertThatThrownBy(() -> read("{\"type\":\"st")).isInstanceOf(IOException.class);
    }
}
