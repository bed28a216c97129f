package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.voice.FakeVendor.Mood;
import java.net.http.HttpClient;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DoubaoDialogueTest {
    private static final Pcm SPEECH = Tones.tone(300, 16_000, 1, 8_000);
    private final HttpClient client = HttpClient.newHttpClient();

    @ParameterizedTest
    @EnumSource(names = {"NO_CONNECT_ID", "ZIPS", "LATE_DEFAULT", "NEEDS_TURN"})
    void turn_inEveryMood_isHeardAndAnsweredInOurWordsAlone(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            DoubaoDialogue dialogue = dialogue(vendor);
            for (int round = 0; round < 2; round++) {
                Heard heard = new Heard();
                Recognizer.Session turn = dialogue.open(heard);
                Heard.feed(turn, SPEECH);
                turn.finish();
                assertThat(heard.result()).isEqualTo("你好，世界。");
                assertThat(heard.partials).contains("你好");
                Said said = new Said();
                Speaker.Session answer = dialogue.open("", said);
                answer.say(0, "好的。");
                answer.say(1, "我喜欢三。");
                answer.finish();
                said.awaitDone();
                assertThat(said.all().millis()).isBetween(399.9, 400.1);
            }
            assertThat(vendor.sound).allMatch(bytes -> bytes == 640);
            String log =
                    vendor.log.stream().filter(line -> line.startsWith("500")).collect(Collectors.joining("\n"));
            String round = "500 {\"start\":true,\"content\":\"好的。\",\"end\":false}\n"
                    + "500 {\"start\":false,\"content\":\"我喜欢三。\",\"end\":false}\n"
                    + "500 {\"start\":false,\"content\":\"\",\"end\":true}";
            assertThat(log).isEqualTo(round + "\n" + round);
            assertThat(vendor.log.stream().filter(line -> line.startsWith("100 ")))
                    .hasSize(1);
            dialogue.close();
            CommandEnginesTest.waitFor(() -> vendor.log.stream().anyMatch(line -> line.startsWith("2 ")));
            assertThat(vendor.log.stream().filter(line -> line.startsWith("102 ")))
                    .hasSize(1);
        }
    }

    @Test
    void say_beforeAnyTurn_isAGreeting() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.NEEDS_TURN)) {
            DoubaoDialogue dialogue = dialogue(vendor);
            Said said = new Said();
            Speaker.Session greeting = dialogue.open("", said);
            greeting.say(0, "你好。");
            greeting.finish();
            said.awaitDone();
            assertThat(said.all().millis()).isBetween(149.9, 150.1);
            assertThat(vendor.log).contains("300 {\"content\":\"你好。\"}");
            dialogue.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIES", "REFUSES", "ERROR"})
    void trouble_isAFailureWithoutKeysAndTheNextTurnHasANewLine(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            DoubaoDialogue dialogue = dialogue(vendor);
            Heard heard = new Heard();
            Heard.feed(dialogue.open(heard), SPEECH);
            assertThat(heard.failure().message()).doesNotContain(FakeVendor.KEY).doesNotContain("app-4711");
            vendor.moods.clear();
            Heard again = new Heard();
            Recognizer.Session turn = dialogue.open(again);
            Heard.feed(turn, SPEECH);
            turn.finish();
            assertThat(again.result()).isEqualTo("你好，世界。");
            dialogue.close();
        }
    }

    @Test
    void answerWithoutSound_isAFailure() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.SILENT)) {
            DoubaoDialogue dialogue = dialogue(vendor);
            Said said = new Said();
            Speaker.Session greeting = dialogue.open("", said);
            greeting.say(0, "你好。");
            greeting.finish();
            assertThat(said.failure().message()).contains("no sound");
            dialogue.close();
        }
    }

    @Test
    void call_overTheDialogue_goesRound() throws Exception {
        try (FakeVendor vendor = new FakeVendor()) {
            DoubaoDialogue dialogue = dialogue(vendor);
            List<CallEvent> events = new CopyOnWriteArrayList<>();
            CallParts parts = CallParts.usual(new Puppets.Activity(), dialogue, dialogue, answer("好的。我最喜欢三。"), "");
            try (Call call = new Call(parts, events::add)) {
                short[] loud = new short[16_000];
                java.util.Arrays.fill(loud, (short) 5_000);
                call.feed(loud);
                call.feed(new short[16_000]);
                CommandEnginesTest.waitFor(() -> events.stream().anyMatch(CallEvent.Spoken.class::isInstance));
                assertThat(call.lines().get(1).text()).isEqualTo("好的。我最喜欢三。");
                assertThat(events.stream().filter(CallEvent.Failed.class::isInstance))
                        .isEmpty();
            }
            CommandEnginesTest.waitFor(() -> vendor.log.stream().anyMatch(line -> line.startsWith("102 ")));
        }
    }

    private DoubaoDialogue dialogue(FakeVendor vendor) {
        return new DoubaoDialogue(
                vendor.doubao(),
                new DialogueChoice(new Secret("APP_KEY", "fixed-value"), "O", "zh_female_vv_jupiter_bigtts"),
                client);
    }

    private static Answerer answer(String text) {
        return (lines, listener) -> {
            listener.text(text);
            listener.done();
            return () -> {};
        };
    }
}
