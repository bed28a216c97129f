package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.voice.CallEvent;
import dev.stride.voice.TurnEvent;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RealtimeToldTest {
    private final RealtimeCall.Line line = new RealtimeCall.Line() {
        @Override
        public void send(String text) {
            // nobody listens
        }

        @Override
        public void send(ByteBuffer bytes) {
            // nobody listens
        }
    };
    private final RealtimeTold told = new RealtimeTold(new RealtimeEvents(line, false), line);

    /** The button that stops an answer was refused until the answer's first word. */
    @Test
    void answer_thatIsThoughtAbout_canBeCancelled() {
        assertThat(told.isAnswering()).isFalse();
        told.accept(new CallEvent.SpeechStopped(1, TurnEvent.Cause.SILENCE, 900));
        assertThat(told.isAnswering()).isTrue();
        told.accept(new CallEvent.Final(1, "which rate"));
        assertThat(told.isAnswering()).isTrue();
        told.accept(new CallEvent.Interrupted(1, "", 0));
        assertThat(told.isAnswering()).isFalse();
    }

    @Test
    void turn_ofWhichNothingWasUnderstood_hasNoAnswer() {
        told.accept(new CallEvent.SpeechStopped(1, TurnEvent.Cause.SILENCE, 900));
        told.accept(new CallEvent.Final(1, ""));
        assertThat(told.isAnswering()).isFalse();
    }

    @Test
    void answer_fromItsFirstWordToItsEnd_canBeCancelled() {
        told.accept(new CallEvent.Final(1, "which rate"));
        told.accept(new CallEvent.AnswerText(1, "One percent."));
        assertThat(told.isAnswering()).isTrue();
        told.accept(new CallEvent.Spoken(1, "One percent."));
        assertThat(told.isAnswering()).isFalse();
    }
}
