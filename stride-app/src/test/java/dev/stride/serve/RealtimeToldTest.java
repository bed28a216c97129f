package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.voice.CallEvent;
import dev.stride.voice.TurnEvent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RealtimeToldTest {
    private final List<String> types = new ArrayList<>();
    private final RealtimeCall.Line line = new RealtimeCall.Line() {
        @Override
        public void send(String text) {
            types.add(ChatRig.json(text).path("type").asText());
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

    /** A client of OpenAI's waits for response.done; none came where the model said nothing. */
    @Test
    void answer_withoutAWord_beginsAndEnds() {
        told.accept(new CallEvent.Final(1, "which rate"));
        told.accept(new CallEvent.Answered(1));
        told.accept(new CallEvent.Spoken(1, ""));
        assertThat(types).containsSubsequence("response.created", "stride.answered", "response.done");
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
