package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the model of a call is told of its own run. */
class RealtimeRunTest {
    private volatile String now = "学习率是 1e-2，走了 10 步。";

    /** A run may still train: what the model is told of it is of the moment of each answer. */
    @Test
    void everyAnswer_isToldTheRunAsItIsNow() throws Exception {
        RunFiles growing = new RunFiles() {
            @Override
            public ObjectNode chart(String model) {
                return ChatRig.JSON.createObjectNode();
            }

            @Override
            public String briefing(String model) {
                return now;
            }
        };
        List<String> expected = new ArrayList<>();
        try (ChatRig own = ChatRig.open(ChatRig.setup().greedy(24), Map.of(), growing)) {
            for (String briefing : List.of(now, "学习率是 1e-2，走了 25 步。")) {
                now = briefing;
                Message system = Message.of(Role.SYSTEM, briefing);
                expected.add(own.ask(ChatRig.ONE, 24, List.of(system, Message.of(Role.USER, "毛衣能退吗？")))
                        .text()
                        .strip());
                try (CallLineRig line = CallLineRig.open(own, ChatRig.ONE)) {
                    RealtimeTest.client(line);
                    line.send("stride.said", "text", "毛衣能退吗？");
                    line.next("stride.answered");
                    assertThat(RealtimeTest.joined(line.all("response.output_audio_transcript.delta"))
                                    .strip())
                            .isEqualTo(expected.get(expected.size() - 1));
                }
            }
        }
        assertThat(expected).as("the model answers by what it is told").doesNotHaveDuplicates();
    }
}
