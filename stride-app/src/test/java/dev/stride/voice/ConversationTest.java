package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Whole calls with puppets for engines and a clock that the test turns. */
class ConversationTest extends ConversationRig {
    @Test
    void turn_fromSpeechToSpeech_goesThroughAllStages() {
        silence(640);
        speech(480);
        assertThat(ears.last().samples).isEqualTo((400 / 32 + 480 / 32) * FRAME);
        ears.last().listener.partial("你最喜欢哪个学习率？");
        silence(480);
        assertThat(ears.last().isFinished).isFalse();
        silence(64);
        assertThat(ears.last().isFinished).isTrue();
        nanos += 100_000_000;
        ears.last().listener.result("你最喜欢哪个学习率？");
        drain();
        assertThat(mind.asked).containsExactly(List.of(user("你最喜欢哪个学习率？")));
        nanos += 200_000_000;
        mind.last().text("我最喜欢三");
        mind.last().text("。因为它刚好");
        mind.last().text("。");
        mind.last().done();
        silence(64);
        assertThat(voice.last().said).containsExactly("0 我最喜欢三。", "1 因为它刚好。");
        assertThat(types().subList(0, 6))
                .containsExactly("Listening", "SpeechStarted", "Partial", "SpeechStopped", "Final", "AnswerText");
        CallEvent.Latency latency = only(CallEvent.Latency.class);
        assertThat(latency.endOfTurn()).isEqualTo(512);
        assertThat(latency.recognition()).isBetween(100.0, 140.0);
        assertThat(latency.firstText()).isBetween(200.0, 240.0);
        assertThat(latency.all()).isBetween(812.0, 920.0);
        silence(2_000);
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("我最喜欢三。因为它刚好。");
        assertThat(call.lines())
                .containsExactly(user("你最喜欢哪个学习率？"), new CallLine(CallLine.Role.MODEL, "我最喜欢三。因为它刚好。", false));
        assertThat(soundMillis()).isBetween(1_199.0, 1_201.0);
    }

    @Test
    void sound_isGivenOutOnlyALittleAhead() {
        ask("说很多");
        mind.last().text("一二三四五六七八九十一二三四五六七八九十。");
        mind.last().done();
        for (int i = 0; i < 30; i++) {
            silence(32);
            assertThat(soundMillis()).isLessThanOrEqualTo(32 * (i + 1) + 300 + 60 + 32);
        }
        assertThat(soundMillis()).isGreaterThan(30 * 32);
    }

    @Test
    void interruption_stopsModelVoiceAndPlayerAndKeepsWhatWasHeard() {
        ask("讲一讲");
        mind.last().text("好的。第一，学习率要小。第二，");
        silence(1_000);
        Puppets.Voice.Answer answer = voice.last();
        speech(192);
        assertThat(answer.isCancelled).isFalse();
        ears.last().listener.partial("等一下");
        drain();
        assertThat(answer.isCancelled).isTrue();
        assertThat(mind.cancelled).isEqualTo(1);
        CallEvent.Interrupted interrupted = only(CallEvent.Interrupted.class);
        // 1,200 ms were played: 300 of "好的。" and a part of the second piece, back to its comma
        assertThat(interrupted.heard()).isEqualTo("好的。第一，");
        assertThat(types().indexOf("Interrupted")).isLessThan(types().lastIndexOf("SpeechStarted"));
        assertThat(call.lines().get(1)).isEqualTo(new CallLine(CallLine.Role.MODEL, "好的。第一，", true));

        int before = events.size();
        answer.listener.sound(1, Tones.silence(16_000, 1));
        mind.listeners.get(0).text("第三，这话没有人听到。");
        drain();
        assertThat(events).hasSize(before);

        call.played(interrupted.turn(), 350);
        assertThat(call.lines().get(1).text()).isEqualTo("好的。");
    }

    @Test
    void interruption_beforeTheFirstSound_leavesNothingAndJoinsTheQuestions() {
        ask("我想知道");
        speech(640);
        assertThat(mind.cancelled).isEqualTo(1);
        assertThat(only(CallEvent.Interrupted.class).heard()).isEmpty();
        silence(1_000);
        ears.last().listener.result("学习率是多少");
        drain();
        assertThat(mind.asked.get(1)).containsExactly(user("我想知道学习率是多少"));
    }

    @Test
    void echoAndAssent_doNotInterrupt() {
        ask("讲一讲");
        mind.last().text("好的。第一，学习率要小，而且要慢慢下降，不要着急。");
        silence(400);
        speech(192);
        ears.last().listener.partial("第一学习率");
        drain();
        speech(640);
        silence(600);
        assertThat(last(CallEvent.Ignored.class).reason()).isEqualTo(TurnEvent.Reason.ECHO);
        assertThat(ears.last().isCancelled).isTrue();
        speech(192);
        ears.last().listener.partial("嗯");
        drain();
        silence(600);
        assertThat(last(CallEvent.Ignored.class).reason()).isEqualTo(TurnEvent.Reason.ASSENT);
        assertThat(of(CallEvent.Interrupted.class)).isEmpty();
        assertThat(voice.last().isCancelled).isFalse();
    }

    @Test
    void noiseWhileTheTextIsAwaited_doesNotLoseTheQuestion() {
        speech(320);
        silence(960);
        Puppets.Ears.Turn first = ears.last();
        assertThat(first.isFinished).isTrue();
        speech(160);
        silence(600);
        first.listener.result("还在吗");
        drain();
        assertThat(mind.asked).containsExactly(List.of(user("还在吗")));
    }

    @Test
    void emptyText_isNotAnswered() {
        speech(320);
        silence(960);
        ears.last().listener.result("  ");
        drain();
        assertThat(only(CallEvent.Final.class).text()).isEmpty();
        assertThat(mind.asked).isEmpty();
        speech(192);
        assertThat(last(CallEvent.SpeechStarted.class).turn()).isEqualTo(2);
    }

    @Test
    void recognizerThatFailsForGood_isReplacedWithinTheTurn() {
        silence(640);
        speech(480);
        ears.last().listener.failed(new EngineFailure("first", "no key", false));
        drain();
        speech(320);
        silence(960);
        assertThat(spare.last().samples).isEqualTo(ears.last().samples + (320 + 960 - 32) / 32 * FRAME);
        assertThat(spare.last().isFinished).isTrue();
        spare.last().listener.result("你好");
        drain();
        assertThat(mind.asked).hasSize(1);
        assertThat(only(CallEvent.Failed.class).failure().message()).isEqualTo("no key");
    }

    @Test
    void recognizerThatSaysNothing_isAskedOnceMoreAndThenReplaced() {
        speech(320);
        silence(960);
        silence(8_100);
        assertThat(ears.turns).hasSize(2);
        silence(8_100);
        assertThat(spare.turns).hasSize(1);
        spare.last().listener.result("你好");
        drain();
        assertThat(mind.asked).hasSize(1);
        assertThat(of(CallEvent.Failed.class)).hasSize(2);
    }

    @Test
    void recognizerThatDiesBehindItsPartial_givesThat() {
        Conversation alone =
                new Conversation(CallParts.usual(activity, ears, voice, mind, ""), work::add, () -> nanos, events::add);
        alone.feed(loud(640));
        ears.last().listener.partial("你好吗");
        drain();
        ears.last().listener.failed(new EngineFailure("first", "gone", false));
        drain();
        alone.feed(new short[960 * 16]);
        drain();
        assertThat(mind.asked).containsExactly(List.of(user("你好吗")));
    }

    @Test
    void speakerThatFails_isReplacedBehindWhatItSaid() {
        ask("讲一讲");
        mind.last().text("好的。");
        silence(64);
        voice.last().listener.failed(new EngineFailure("puppet", "gone", true));
        drain();
        mind.last().text("还有第二句。");
        mind.last().done();
        silence(2_000);
        assertThat(spareVoice.last().said).containsExactly("1 还有第二句。");
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("好的。还有第二句。");
    }

    @Test
    void speakersThatAllFail_leaveTheTextAndTheCall() {
        voice.isMute = true;
        spareVoice.isMute = true;
        ask("讲一讲");
        mind.last().text("好的。");
        mind.last().done();
        silence(10_100);
        silence(10_100);
        assertThat(of(CallEvent.Failed.class)).hasSize(2);
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("好的。");
        assertThat(of(CallEvent.Sound.class)).isEmpty();
        speech(192);
        assertThat(last(CallEvent.SpeechStarted.class).turn()).isEqualTo(2);
    }

    @Test
    void modelThatFails_isToldAndTheCallGoesOn() {
        ask("讲一讲");
        mind.last().text("好的。");
        mind.last().failed("no memory");
        silence(1_000);
        assertThat(only(CallEvent.Failed.class).failure().message()).isEqualTo("no memory");
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("好的。");
    }

    @Test
    void modelThatThrows_isToldAndTheCallGoesOn() {
        Answerer broken = (lines, listener) -> {
            throw new IllegalStateException("no room");
        };
        Conversation other = new Conversation(
                CallParts.usual(activity, ears, voice, broken, ""), work::add, () -> nanos, events::add);
        other.type("一");
        drain();
        other.tick();
        assertThat(only(CallEvent.Failed.class).failure().message()).contains("no room");
        assertThat(of(CallEvent.Spoken.class)).hasSize(1);
    }

    @Test
    void activityThatFails_isReplacedByEnergy() {
        silence(64);
        activity.isBroken = true;
        silence(64);
        activity.isBroken = false;
        assertThat(only(CallEvent.Failed.class).failure().engine()).isEqualTo("voice activity");
        assertThat(activity.isClosed).isTrue();
    }

    @Test
    void typedQuestionAndGreeting_areSpoken() {
        call.say("你好。");
        drain();
        silence(500);
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("你好。");
        call.type(" 三加四 ");
        drain();
        assertThat(mind.asked.get(0)).containsExactly(new CallLine(CallLine.Role.MODEL, "你好。", false), user("三加四"));
        mind.last().text("七。");
        mind.last().done();
        silence(500);
        assertThat(of(CallEvent.Spoken.class)).hasSize(2);
        assertThat(last(CallEvent.Spoken.class).turn()).isEqualTo(2);
    }

    @Test
    void lineThatIsLost_endsTheTurn() {
        speech(320);
        for (int i = 0; i < 200; i++) {
            nanos += 20_000_000;
            call.tick();
        }
        assertThat(only(CallEvent.SpeechStopped.class).cause()).isEqualTo(TurnEvent.Cause.LOST_LINE);
    }

    @Test
    void halfAnHour_theLastTurnIsLikeTheFirst() {
        int turns = 60;
        for (int i = 0; i < turns; i++) {
            speech(1_600);
            silence(960);
            ears.last().listener.result("第" + i + "问");
            drain();
            mind.last().text("好的。");
            mind.last().text("这是第" + i + "个回答，不长也不短。");
            mind.last().done();
            silence(28_000);
        }
        List<CallEvent.Latency> latencies = of(CallEvent.Latency.class);
        assertThat(latencies).hasSize(turns);
        // a frame: where in a frame a turn begins differs
        assertThat(latencies)
                .allSatisfy(latency -> assertThat(latency.all())
                        .isBetween(latencies.get(0).all() - 32, latencies.get(0).all() + 32));
        assertThat(of(CallEvent.Spoken.class)).hasSize(turns);
        assertThat(call.lines()).hasSize(2 * turns);
        assertThat(voice.answers).hasSize(turns);
        assertThat(nanos / 1_000_000_000L).isGreaterThan(1_800);
    }

    @Test
    void pauseThatEndsTheTurn_hasItsAnswerReady() {
        ears.hearsInPieces = true;
        speech(480);
        silence(320);
        assertThat(ears.last().isFinished).isTrue();
        ears.last().listener.result("你好吗");
        drain();
        assertThat(mind.asked).containsExactly(List.of(user("你好吗")));
        mind.last().text("我很好。");
        mind.last().done();
        silence(160);
        assertThat(types()).doesNotContain("Final", "AnswerText", "Sound");
        silence(64);
        assertThat(types()).contains("Final", "AnswerText", "Sound");
        assertThat(mind.asked).hasSize(1);
        CallEvent.Latency latency = only(CallEvent.Latency.class);
        assertThat(latency.all()).isBetween(latency.endOfTurn(), latency.endOfTurn() + 64);
        silence(1_000);
        assertThat(call.lines()).containsExactly(user("你好吗"), new CallLine(CallLine.Role.MODEL, "我很好。", false));
    }

    @Test
    void pauseInTheTurn_throwsTheAnswerAwayAndTheTextIsOne() {
        ears.hearsInPieces = true;
        speech(480);
        silence(352);
        Puppets.Ears.Turn before = ears.last();
        before.listener.result("what is the");
        drain();
        mind.last().text("The what?");
        speech(320);
        assertThat(mind.cancelled).isEqualTo(1);
        assertThat(ears.turns).hasSize(2);
        // from the frame behind the pause on
        assertThat(ears.last().samples).isEqualTo((32 + 320) / 32 * FRAME);
        silence(352);
        ears.last().listener.result("learning rate");
        drain();
        assertThat(mind.asked.get(1)).containsExactly(user("what is the learning rate"));
        mind.last().text("Three.");
        mind.last().done();
        silence(1_500);
        assertThat(only(CallEvent.Final.class).text()).isEqualTo("what is the learning rate");
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("Three.");
    }

    @Test
    void pauseWhoseTextComesBehindIt_isNotLost() {
        ears.hearsInPieces = true;
        speech(480);
        silence(352);
        Puppets.Ears.Turn before = ears.last();
        speech(320);
        before.listener.result("what is the");
        drain();
        assertThat(mind.asked).isEmpty();
        silence(960);
        ears.last().listener.result("rate");
        drain();
        assertThat(mind.asked).containsExactly(List.of(user("what is the rate")));
    }

    @Test
    void answerThatFailsInThePause_isAskedForAgain() {
        ears.hearsInPieces = true;
        speech(480);
        silence(352);
        ears.last().listener.result("你好吗");
        drain();
        mind.last().failed("no place");
        silence(600);
        assertThat(mind.asked).hasSize(2);
        mind.last().text("好。");
        mind.last().done();
        silence(500);
        assertThat(only(CallEvent.Spoken.class).text()).isEqualTo("好。");
        assertThat(of(CallEvent.Failed.class)).isEmpty();
    }

    @Test
    void recognizerThatFailsBehindAPause_isReplacedFromTheBeginning() {
        ears.hearsInPieces = true;
        speech(480);
        silence(352);
        ears.last().listener.result("what is the");
        drain();
        speech(320);
        ears.last().listener.failed(new EngineFailure("first", "gone", false));
        drain();
        assertThat(spare.last().samples).isEqualTo((480 + 352 + 320) / 32 * FRAME);
        silence(960);
        spare.last().listener.result("what is the learning rate");
        drain();
        assertThat(mind.last()).isNotNull();
        assertThat(only(CallEvent.Final.class).text()).isEqualTo("what is the learning rate");
    }

    @Test
    void close_cancelsEverything() {
        ask("讲一讲");
        mind.last().text("好的。");
        drain();
        speech(640);
        call.close();
        assertThat(voice.last().isCancelled).isTrue();
        assertThat(mind.cancelled).isEqualTo(1);
        assertThat(ears.last().isCancelled).isTrue();
        assertThat(activity.isClosed).isTrue();
    }
}
