package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A call with puppets for engines and a clock that the test turns. */
abstract class ConversationRig {
    static final int FRAME = VoiceActivity.FRAME;

    final Puppets.Activity activity = new Puppets.Activity();
    final Puppets.Ears ears = new Puppets.Ears("first");
    final Puppets.Ears spare = new Puppets.Ears("spare");
    final Puppets.Voice voice = new Puppets.Voice();
    final Puppets.Voice spareVoice = new Puppets.Voice();
    final Puppets.Mind mind = new Puppets.Mind();
    final Deque<Runnable> work = new ArrayDeque<>();
    final List<CallEvent> events = new ArrayList<>();
    long nanos = 1_000_000_000L;
    final Conversation call = new Conversation(
            new CallParts(
                    activity,
                    List.of(ears, spare),
                    List.of(voice, spareVoice),
                    mind,
                    "",
                    TurnSettings.USUAL,
                    SpeechText.Lengths.USUAL,
                    300),
            work::add,
            () -> nanos,
            events::add);

    void ask(String text) {
        speech(320);
        silence(960);
        ears.last().listener.result(text);
        drain();
        assertThat(mind.asked).hasSize(1);
    }

    void speech(int millis) {
        sound(loud(millis));
    }

    void silence(int millis) {
        sound(new short[millis * 16]);
    }

    /** Feeds frame by frame, with the clock and the call's ticks. */
    void sound(short[] samples) {
        for (int at = 0; at + FRAME <= samples.length; at += FRAME) {
            nanos += 32_000_000;
            call.feed(java.util.Arrays.copyOfRange(samples, at, at + FRAME));
            drain();
            call.tick();
            drain();
        }
    }

    static short[] loud(int millis) {
        short[] samples = new short[millis * 16];
        java.util.Arrays.fill(samples, (short) 5_000);
        return samples;
    }

    void drain() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    static CallLine user(String text) {
        return new CallLine(CallLine.Role.USER, text, false);
    }

    double soundMillis() {
        return of(CallEvent.Sound.class).stream()
                .mapToDouble(sound -> sound.sound().millis())
                .sum();
    }

    List<String> types() {
        return events.stream().map(event -> event.getClass().getSimpleName()).toList();
    }

    <T extends CallEvent> List<T> of(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends CallEvent> T last(Class<T> type) {
        List<T> all = of(type);
        return all.get(all.size() - 1);
    }

    <T extends CallEvent> T only(Class<T> type) {
        assertThat(of(type)).hasSize(1);
        return of(type).get(0);
    }
}
