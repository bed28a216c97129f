package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.voice.CallEvent;
import dev.stride.voice.Pcm;
import dev.stride.voice.Resampler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What happens in a call, as it is told to the client. Events come in the call's thread; the rest may be asked from any. */
final class RealtimeTold implements Consumer<CallEvent> {
    private static final int LEAST_LETTERS = 2; // that interrupt

    private final RealtimeEvents events;
    private final RealtimeCall.Line line;
    private final StringBuilder answered = new StringBuilder(); // what is being said, to tell an echo
    private RealtimeSettings settings = RealtimeSettings.usual();
    private RealtimeEvents.@Nullable Response response;
    private boolean asked; // a question that is being understood or thought about
    private @Nullable Resampler up;
    private int upFrom;
    private String lastItem = "";
    private String lastAnswer = "";
    private long lastAnswerTurn;
    private String userItem = "";

    RealtimeTold(RealtimeEvents events, RealtimeCall.Line line) {
        this.events = events;
        this.line = line;
    }

    synchronized void settings(RealtimeSettings current) {
        settings = current;
    }

    /** A message that the client has brought. */
    synchronized void item(ObjectNode item) {
        events.item(item, lastItem);
        lastItem = item.path("id").asText();
    }

    /** Whether there is an answer, or one to be expected. */
    synchronized boolean isAnswering() {
        return asked || response != null;
    }

    /** The turn of an answer's item; 0 where it is not the last one's. */
    synchronized long turnOf(String item) {
        return item.equals(lastAnswer) ? lastAnswerTurn : 0;
    }

    /** Whether what a client's own recognizer hears is a person's and ends the answer: two letters that are not the answer's own. */
    synchronized boolean isInterruptedBy(String text) {
        String letters = letters(text);
        return response != null
                && letters.codePointCount(0, letters.length()) >= LEAST_LETTERS
                && !letters(answered.toString()).contains(letters);
    }

    @Override
    public synchronized void accept(CallEvent event) {
        if (event instanceof CallEvent.Sound sound) {
            sound(sound);
        } else if (event instanceof CallEvent.AnswerText text) {
            response(text.turn()).text(text.fragment());
            answered.append(text.fragment());
        } else if (event instanceof CallEvent.Partial partial) {
            events.send("stride.partial", turn(event).put("text", partial.text()));
        } else if (event instanceof CallEvent.Listening) {
            events.send("stride.listening", turn(event));
        } else if (event instanceof CallEvent.Ignored ignored) {
            events.send("stride.ignored", turn(event).put("reason", word(ignored.reason())));
        } else if (event instanceof CallEvent.SpeechStarted started) {
            userItem = RealtimeEvents.id("item");
            events.send(
                    "input_audio_buffer.speech_started",
                    turn(event).put("audio_start_ms", started.atMillis()).put("item_id", userItem));
        } else if (event instanceof CallEvent.SpeechStopped stopped) {
            stopped(stopped);
        } else if (event instanceof CallEvent.Final said) {
            heard(said);
        } else if (event instanceof CallEvent.Answered) {
            response(event.turn()); // a model may have nothing to say; clients wait for the end of that too
            events.send("stride.answered", turn(event));
        } else if (event instanceof CallEvent.Spoken) {
            asked = false;
            end("");
        } else if (event instanceof CallEvent.Interrupted interrupted) {
            asked = false;
            end("turn_detected");
            events.send(
                    "stride.interrupted",
                    turn(event).put("heard", interrupted.heard()).put("played_ms", interrupted.playedMillis()));
        } else if (event instanceof CallEvent.Failed failed) {
            events.send(
                    "stride.failed",
                    turn(event)
                            .put("engine", failed.failure().engine())
                            .put("message", failed.failure().message())
                            .put("passing", failed.failure().isPassing()));
            events.error("server_error", "engine_failed", failed.failure().message(), "");
        } else if (event instanceof CallEvent.Latency latency) {
            events.send(
                    "stride.latency",
                    turn(event)
                            .put("end_of_turn", latency.endOfTurn())
                            .put("recognition", latency.recognition())
                            .put("first_text", latency.firstText())
                            .put("first_piece", latency.firstPiece())
                            .put("first_sound", latency.firstSound())
                            .put("all", latency.all()));
        }
    }

    /** A piece for a client that speaks itself. */
    synchronized void piece(int piece, String text) {
        RealtimeEvents.Response open = response;
        events.send(
                "stride.piece",
                RealtimeEvents.node()
                        .put("turn", open == null ? lastAnswerTurn : open.turn())
                        .put("piece", piece)
                        .put("text", text));
    }

    private void stopped(CallEvent.SpeechStopped stopped) {
        asked = true;
        if (userItem.isEmpty()) {
            userItem = RealtimeEvents.id("item");
        }
        events.send(
                "input_audio_buffer.speech_stopped",
                turn(stopped).put("audio_end_ms", stopped.speechEndMillis()).put("item_id", userItem));
        events.send(
                "input_audio_buffer.committed",
                turn(stopped).put("item_id", userItem).put("previous_item_id", lastItem.isEmpty() ? null : lastItem));
    }

    private void heard(CallEvent.Final said) {
        asked = !said.text().isEmpty();
        String id = userItem.isEmpty() ? RealtimeEvents.id("item") : userItem;
        userItem = "";
        events.item(RealtimeEvents.message(id, "user", "input_audio", "transcript", said.text()), lastItem);
        lastItem = id;
        ObjectNode event = turn(said).put("item_id", id).put("content_index", 0);
        if (!said.text().isEmpty()) {
            events.send(
                    "conversation.item.input_audio_transcription.delta",
                    event.deepCopy().put("delta", said.text()));
        }
        events.send("conversation.item.input_audio_transcription.completed", event.put("transcript", said.text()));
    }

    private void sound(CallEvent.Sound event) {
        RealtimeEvents.Response open = response(event.turn());
        Pcm sound = event.sound();
        if (settings.clientSpeaks()) {
            return; // it is silence that stands for the client's own voice
        }
        if (settings.binary()) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(8 + 2 * sound.samples().length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt((int) event.turn())
                    .putInt(sound.rate())
                    .put(sound.toBytes())
                    .flip();
            line.send(bytes);
            return;
        }
        Resampler resampler = up;
        if (resampler == null || upFrom != sound.rate()) {
            resampler = new Resampler(sound.rate(), RealtimeSettings.RATE);
            up = resampler;
            upFrom = sound.rate();
        }
        short[] samples = resampler.feed(sound.samples());
        if (samples.length > 0) {
            open.sound(Base64.getEncoder().encodeToString(new Pcm(samples, RealtimeSettings.RATE).toBytes()));
        }
    }

    private RealtimeEvents.Response response(long turn) {
        RealtimeEvents.Response open = response;
        if (open == null || open.turn() != turn) {
            end("turn_detected");
            open = events.new Response(turn, settings.spoken(), lastItem);
            response = open;
            lastItem = open.item();
            lastAnswer = open.item();
            lastAnswerTurn = turn;
            answered.setLength(0);
            up = null;
        }
        return open;
    }

    private void end(String reason) {
        RealtimeEvents.Response open = response;
        if (open == null) {
            return;
        }
        Resampler rest = up;
        if (rest != null && reason.isEmpty()) {
            short[] samples = rest.finish();
            if (samples.length > 0) {
                open.sound(Base64.getEncoder().encodeToString(new Pcm(samples, RealtimeSettings.RATE).toBytes()));
            }
        }
        up = null;
        response = null;
        open.end(reason);
    }

    private static ObjectNode turn(CallEvent event) {
        return RealtimeEvents.node().put("turn", event.turn());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String letters(String text) {
        return text.codePoints()
                .filter(Character::isLetterOrDigit)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .toLowerCase(Locale.ROOT);
    }
}
