package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TurnTakingTest {
    private final TurnTaking turns = new TurnTaking(TurnSettings.USUAL);
    private final List<TurnEvent> events = new ArrayList<>();

    @Test
    void frame_speechWhileIdle_isATurnWithPreRoll() {
        run(0.0, 1_024);
        run(0.9, 192);
        assertThat(events)
                .containsExactly(
                        new TurnEvent.Listen(1, 1_024 - 400), new TurnEvent.Started(1, Phase.IDLE, 1_024 + 192));
    }

    @Test
    void frame_speechAtTheVeryBeginning_hasWhatThereIsOfPreRoll() {
        run(0.9, 192);
        assertThat(events.get(0)).isEqualTo(new TurnEvent.Listen(1, 0));
    }

    @Test
    void frame_clicks_areNoTurn() {
        for (int click = 0; click < 50; click++) {
            run(0.9, 96);
            run(0.0, 128);
        }
        assertThat(events).isEmpty();
    }

    @Test
    void frame_silenceAfterASentence_endsSoonerThanAfterAnOpenText() {
        run(0.9, 320);
        turns.partial(1, "which rate do you like?");
        run(0.0, 480);
        assertThat(ended()).isEmpty();
        run(0.0, 32);
        assertThat(ended()).containsExactly(new TurnEvent.Ended(1, TurnEvent.Cause.SENTENCE, 320, 832));

        run(0.9, 320);
        turns.partial(2, "which rate do you");
        run(0.0, 896);
        assertThat(ended()).hasSize(1);
        run(0.0, 32);
        assertThat(ended().get(1)).isEqualTo(new TurnEvent.Ended(2, TurnEvent.Cause.SILENCE, 1_152, 2_080));
    }

    @Test
    void frame_pauseInATurn_isToldOnceAndTakenBackBySpeech() {
        run(0.9, 320);
        run(0.0, 480);
        run(0.9, 64);
        run(0.0, 928);
        assertThat(events.subList(2, events.size()))
                .containsExactly(
                        new TurnEvent.Paused(1),
                        new TurnEvent.Resumed(1),
                        new TurnEvent.Paused(1),
                        new TurnEvent.Ended(1, TurnEvent.Cause.SILENCE, 864, 1_792));
    }

    @Test
    void frame_weakSyllables_doNotEndATurn() {
        run(0.9, 320);
        run(0.4, 3_200);
        assertThat(ended()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"你喜欢哪个学习率？", "好了。", "你喜欢吗", "OK!", "…"})
    void endsLikeSentence_marksAndParticles_do(String text) {
        assertThat(TurnText.endsLikeSentence(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "吗", "我想知道，", "the rate of 3", "因为"})
    void endsLikeSentence_openText_doesNot(String text) {
        assertThat(TurnText.endsLikeSentence(text)).isFalse();
    }

    @Test
    void frame_whileWeSpeak_sixHundredMillisInterrupt() {
        turns.phase(Phase.SPEAKING, "the rate that I like best");
        run(0.9, 576);
        assertThat(events).containsExactly(new TurnEvent.Listen(1, 0));
        run(0.9, 32);
        assertThat(events.get(1)).isEqualTo(new TurnEvent.Started(1, Phase.SPEAKING, 608));
    }

    @Test
    void partial_twoCharactersWhileWeSpeak_interruptAtOnce() {
        turns.phase(Phase.SPEAKING, "我最喜欢的学习率");
        run(0.9, 192);
        take(turns.partial(1, "等"));
        assertThat(events).hasSize(1);
        take(turns.partial(1, "等等"));
        assertThat(events.get(1)).isEqualTo(new TurnEvent.Started(1, Phase.SPEAKING, 192));
    }

    @ParameterizedTest
    @ValueSource(strings = {"嗯", "好的。", "对对对", "Uh-huh.", "okay", "I see", "。，"})
    void partial_assentWhileWeSpeak_doesNotInterrupt(String text) {
        turns.phase(Phase.SPEAKING, "it goes down at the end");
        run(0.9, 192);
        take(turns.partial(1, text));
        run(0.9, 320);
        run(0.0, 1_000);
        assertThat(events).hasSize(2);
        assertThat(events.get(1)).isInstanceOf(TurnEvent.Dropped.class);
    }

    @Test
    void partial_assentThatGoesOn_interrupts() {
        turns.phase(Phase.SPEAKING, "it goes down at the end");
        run(0.9, 192);
        take(turns.partial(1, "okay"));
        take(turns.partial(1, "okay but why"));
        assertThat(events.get(1)).isInstanceOf(TurnEvent.Started.class);
    }

    @Test
    void partial_ourOwnWordsSlightlyMisheard_doNotInterruptHoweverLong() {
        turns.phase(Phase.SPEAKING, "The rate that I like best is three times ten to the minus four.");
        run(0.9, 192);
        take(turns.partial(1, "the rate that i like bets"));
        run(0.9, 3_200);
        run(0.0, 1_000);
        assertThat(events.get(1)).isEqualTo(new TurnEvent.Dropped(1, TurnEvent.Reason.ECHO, 192 + 3_200 + 512));
    }

    @Test
    void partial_userBehindALongEcho_interrupts() {
        String ours = "The rate that I like best is three times ten to the minus four.";
        turns.phase(Phase.SPEAKING, ours);
        run(0.9, 192);
        take(turns.partial(1, "the rate that i like best is three"));
        assertThat(events).hasSize(1);
        take(turns.partial(1, "the rate that i like best is three please stop now"));
        assertThat(events.get(1)).isInstanceOf(TurnEvent.Started.class);
    }

    @Test
    void partial_yesThatOutlivesOurAnswer_isATurn() {
        turns.phase(Phase.SPEAKING, "Shall I start the run?");
        run(0.9, 192);
        take(turns.partial(1, "yes"));
        turns.phase(Phase.IDLE, "");
        run(0.0, 1_000);
        assertThat(events).hasSize(3);
        assertThat(events.get(2)).isInstanceOf(TurnEvent.Ended.class);
    }

    @Test
    void partial_ofAnOlderTurn_isNotLookedAt() {
        turns.phase(Phase.SPEAKING, "");
        run(0.9, 192);
        take(turns.partial(0, "stop that at once"));
        assertThat(events).hasSize(1);
    }

    @Test
    void idle_noSoundAnyMore_endsTheTurn() {
        run(0.9, 320);
        take(turns.idle(1_000_000_000L));
        assertThat(ended()).isEmpty();
        take(turns.idle(4_000_000_000L));
        assertThat(ended().get(0).cause()).isEqualTo(TurnEvent.Cause.LOST_LINE);
    }

    @Test
    void frame_endlessSpeech_isEnded() {
        run(0.9, 61_000);
        assertThat(ended().get(0).cause()).isEqualTo(TurnEvent.Cause.TOO_LONG);
    }

    /** 400 calls of random sound, text and phases; what must hold in each of them. */
    @Test
    void anything_keepsItsOrder() {
        int started = 0;
        int dropped = 0;
        for (int seed = 0; seed < 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            TurnTaking taking = new TurnTaking(TurnSettings.USUAL);
            Phase phase = Phase.IDLE;
            long open = 0;
            boolean isStarted = false;
            boolean isPaused = false;
            long last = 0;
            String text = "";
            int loud = 0;
            double level = 0;
            for (int step = 0; step < 2_000; step++) {
                List<TurnEvent> made;
                int what = random.nextInt(100);
                if (what == 0) {
                    phase = Phase.values()[random.nextInt(3)];
                    taking.phase(phase, random.nextBoolean() ? "we say something" : "");
                    continue;
                } else if (what < 6) {
                    text = List.of("", "嗯", "等等", "we say", "what is it?", "好的", "a")
                            .get(random.nextInt(7));
                    made = taking.partial(open - random.nextInt(2), text);
                } else {
                    level = random.nextInt(12) == 0 ? random.nextDouble() : level;
                    loud += level >= 0.5 ? 32 : 0;
                    made = taking.frame(level, step * 32_000_000L);
                }
                for (TurnEvent event : made) {
                    if (event instanceof TurnEvent.Listen listen) {
                        assertThat(open).isZero();
                        assertThat(listen.turn()).isEqualTo(last + 1);
                        assertThat(listen.fromMillis()).isBetween(0L, taking.millis());
                        open = last = listen.turn();
                        isStarted = false;
                        isPaused = false;
                    } else {
                        assertThat(event.turn()).isEqualTo(open);
                        if (event instanceof TurnEvent.Started s) {
                            assertThat(isStarted).isFalse();
                            assertThat(s.during()).isEqualTo(phase);
                            isStarted = true;
                            started++;
                        } else if (event instanceof TurnEvent.Paused || event instanceof TurnEvent.Resumed) {
                            assertThat(isStarted).isTrue();
                            assertThat(event instanceof TurnEvent.Resumed).isEqualTo(isPaused);
                            isPaused = !isPaused;
                        } else {
                            assertThat(event instanceof TurnEvent.Ended).isEqualTo(isStarted);
                            dropped += isStarted ? 0 : 1;
                            open = 0;
                        }
                    }
                }
                assertThat(taking.isOpen()).isEqualTo(open != 0);
            }
            assertThat(loud).isPositive();
        }
        assertThat(started).isGreaterThan(1_000);
        assertThat(dropped).isGreaterThan(300);
    }

    @Test
    void settings_manyWrongValues_areToldAtOnce() {
        assertThatThrownBy(() -> new TurnSettings(
                        new TurnSettings.Threshold(0.2, 192, 100),
                        TurnSettings.USUAL.thinking(),
                        TurnSettings.USUAL.speaking(),
                        0.35,
                        1_000,
                        900,
                        500,
                        -1,
                        0,
                        60_000,
                        3_000))
                .isInstanceOf(UserException.class)
                .satisfies(e -> assertThat(((UserException) e).problems()).hasSize(6));
    }

    private void run(double probability, int millis) {
        for (int at = 0; at < millis; at += VoiceActivity.FRAME_MILLIS) {
            take(turns.frame(probability, 0));
        }
    }

    private void take(List<TurnEvent> made) {
        events.addAll(made);
    }

    private List<TurnEvent.Ended> ended() {
        return events.stream()
                .filter(TurnEvent.Ended.class::isInstance)
                .map(TurnEvent.Ended.class::cast)
                .toList();
    }
}
