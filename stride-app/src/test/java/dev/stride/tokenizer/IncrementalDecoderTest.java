package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IncrementalDecoderTest {
    private final Tokenizer tokenizer = SmallVocabulary.tokenizer();

    @Test
    void feed_oneIdAtATime_neverShowsHalfACharacter() {
        int shown = 0;
        for (String text : SmallVocabulary.randomTexts(500, 21)) {
            IncrementalDecoder decoder = tokenizer.newDecoder();
            StringBuilder whole = new StringBuilder();
            for (int id : tokenizer.encode(text)) {
                String next = decoder.feed(id);
                assertThat(next.codePoints()).as(text).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
                whole.append(next);
                assertThat(text).startsWith(whole.toString());
                shown += next.isEmpty() ? 0 : 1;
            }
            assertThat(decoder.finish()).isEmpty();
            assertThat(whole.toString()).isEqualTo(text);
        }
        assertThat(shown).isGreaterThan(500);
    }

    @Test
    void feed_anyIdsInAnyChunks_isDecodeOfAll() {
        Random random = new Random(22);
        for (int round = 0; round < 2000; round++) {
            int[] ids = random.ints(random.nextInt(30), -3, tokenizer.size() + 3)
                    .map(id -> random.nextInt(3) == 0 ? 3 + random.nextInt(256) : id)
                    .toArray();
            IncrementalDecoder decoder = tokenizer.newDecoder();
            StringBuilder pieces = new StringBuilder();
            int at = 0;
            while (at < ids.length) {
                int to = Math.min(ids.length, at + 1 + random.nextInt(4));
                pieces.append(decoder.feed(Arrays.copyOfRange(ids, at, to)));
                at = to;
            }
            pieces.append(decoder.finish());
            assertThat(pieces.toString()).isEqualTo(tokenizer.decode(ids));
        }
    }

    @Test
    void feed_bytesOfOneCharacter_showItWithTheLast() {
        IncrementalDecoder decoder = tokenizer.newDecoder();
        List<String> shown = new ArrayList<>();
        for (int id : new int[] {3 + 0xF0, 3 + 0x9F, 3 + 0x98, 3 + 0x80}) {
            shown.add(decoder.feed(id));
        }
        assertThat(shown).containsExactly("", "", "", "😀");
    }

    @Test
    void finish_halfACharacter_isOneReplacementCharacter() {
        IncrementalDecoder decoder = tokenizer.newDecoder();
        assertThat(decoder.feed(3 + 0xE4, 3 + 0xBD)).isEmpty();
        assertThat(decoder.finish()).isEqualTo("\uFFFD");
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void feed_textAfterHalfACharacter_replacesIt() {
        IncrementalDecoder decoder = tokenizer.newDecoder();
        assertThat(decoder.feed(3 + 0xE4, 3 + 0xBD, tokenizer.specialId("sop"))).isEqualTo("\uFFFDsop");
    }
}
