package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a player says about itself, and what a call makes of it. */
class ConversationPlayerTest extends ConversationRig {
    @Test
    void playerThatReports_decidesWhenTheAnswerIsOver() {
        ask("讲一讲");
        mind.last().text("一二三四五。");
        mind.last().done();
        silence(320);
        call.played(1, 100);
        silence(640);
        assertThat(of(CallEvent.Spoken.class)).isEmpty();
        call.played(1, 600);
        silence(32);
        assertThat(of(CallEvent.Spoken.class)).hasSize(1);
    }

    @Test
    void playerThatIsHeld_hasNotEnded_untilItSaysNothingMore() {
        ask("讲一讲");
        mind.last().text("一二三四五。");
        mind.last().done();
        silence(320);
        for (int i = 0; i < 25; i++) {
            call.played(1, 100);
            silence(192);
        }
        assertThat(of(CallEvent.Spoken.class)).isEmpty();
        silence(2_016);
        assertThat(of(CallEvent.Spoken.class)).hasSize(1);
    }

    /** A laptop that is closed plays nothing more; what was sent on and on kept its line from being let go. */
    @Test
    void playerThatStandsStill_getsNothingMore_untilItGoesOn() {
        ask("讲一讲");
        mind.last().text("一二三四五六七八九十".repeat(8) + "。");
        mind.last().done();
        silence(320);
        call.played(1, 100);
        silence(6_400);
        assertThat(soundMillis()).isBetween(2_400.0, 2_500.0);
        call.played(1, 2_000);
        silence(32);
        assertThat(soundMillis()).isGreaterThan(2_500);
        for (int played = 2_000; played <= 8_200; played += 200) {
            call.played(1, played);
            silence(192);
        }
        assertThat(of(CallEvent.Spoken.class)).hasSize(1);
        assertThat(soundMillis()).isBetween(7_999.0, 8_101.0);
    }

    @Test
    void playerWhoseResamplerKeepsALittle_hasEnded() {
        ask("讲一讲");
        mind.last().text("一二三四五。");
        mind.last().done();
        silence(320);
        call.played(1, 597);
        silence(320);
        assertThat(of(CallEvent.Spoken.class)).hasSize(1);
    }
}
