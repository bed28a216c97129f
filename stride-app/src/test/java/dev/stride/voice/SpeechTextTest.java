package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeechTextTest {
    private static final String ZOO = "# 标题\n你好！我最喜欢的**学习率**是 3e-4，见[这里](https://example.org/a_b)。(真的)😀\n"
            + "```java\nint x = 1; // 不读\n```\n- first, `code` here. It fell by 0.5 percent, e.g. at the end. See https://example.org/x?y=1, then stop!\n"
            + "| a | b |\n|---|---|\n1. one\n2. two\n<b>bold</b> a < b and snake_case 3~5 👨‍👩‍👧 ![pic](p.png) [^1] ok? 这是一个没有任何标点的很长很长的句子"
            + "它一直说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去说下去。";

    @Test
    void feed_chineseMark_cutsAtOnceWithoutWaiting() {
        SpeechText speech = new SpeechText();
        assertThat(texts(speech.feed("好的"))).isEmpty();
        assertThat(texts(speech.feed("。"))).containsExactly("好的。");
        assertThat(texts(speech.feed("现在我来解释一下为什么！还有"))).containsExactly("现在我来解释一下为什么！");
    }

    @Test
    void feed_firstPiece_isShort() {
        assertThat(texts(new SpeechText().feed("我喜欢这个学习率，因为它不大也不小，而且很稳定。")).get(0))
                .isEqualTo("我喜欢这个学习率，");
        assertThat(texts(new SpeechText().feed("The rate that I like best is small."))
                        .get(0))
                .isEqualTo("The rate that");
    }

    @Test
    void feed_longChineseSentence_isCutEarlyOnlyWhileItsEndIsNotHere() {
        String sentence = "我最喜欢的学习率是三乘十的负四次方。";
        assertThat(texts(new SpeechText().feed(sentence))).containsExactly(sentence);
        SpeechText slow = new SpeechText();
        assertThat(texts(slow.feed("我最喜欢的学习率是三乘十的"))).containsExactly("我最喜欢的学习率是三乘十");
        assertThat(texts(slow.feed("负四次方。"))).containsExactly("的负四次方。");
    }

    @Test
    void feed_commaInALaterPiece_cutsFromTwentyCharactersOn() {
        List<String> pieces = pieces("好的。这里，那里，到处都是很好的学习率，我们选一个，然后就开始吧。");
        assertThat(pieces).containsExactly("好的。", "这里，那里，到处都是很好的学习率，我们选一个，", "然后就开始吧。");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "It was 0.5 percent. Then it fell. | It was 0.5 percent.",
                "Ask Dr. Wu about it. He knows. | Ask Dr. Wu about it.",
                "Use e.g. a cosine. Good. | Use e.g. a cosine.",
                "Version 1.2.3 is out! Yes. | Version 1.2.3 is out!",
                "Step 3. of five steps. Go. | Step 3. of five steps."
            })
    void feed_asciiMarks_cutOnlyWhereASentenceEnds(String text, String first) {
        SpeechText speech = new SpeechText(new SpeechText.Lengths(60, 60, 60, 70, 80));
        List<SpeechPiece> all = new ArrayList<>(speech.feed(text));
        all.addAll(speech.finish());
        assertThat(texts(all).get(0)).isEqualTo(first);
        assertThat(all).hasSize(2);
    }

    @Test
    void feed_decimalCutByTheStream_isNotASentence() {
        SpeechText speech = new SpeechText();
        assertThat(speech.feed("is 0.")).isEmpty();
        assertThat(texts(speech.feed("5 now."))).isEmpty();
        assertThat(texts(speech.finish())).containsExactly("is 0.5 now.");
    }

    @Test
    void feed_noMarks_isCutBetweenWordsAndForced() {
        List<String> words = pieces("aaaa ".repeat(60));
        assertThat(words).allMatch(piece -> piece.length() <= 80 && piece.endsWith("a"));
        List<String> forced = pieces("x".repeat(200));
        assertThat(forced).containsExactly("x".repeat(80), "x".repeat(80), "x".repeat(40));
    }

    @Test
    void feed_markdown_isNotSpoken() {
        String all = String.join(" ", pieces(ZOO));
        assertThat(all)
                .contains("标题", "学习率是 3e-4", "见这里", "真的", "first, code here.", "bold a < b and snake case 3~5", "ok?")
                .doesNotContain(
                        "*", "#", "`", "example.org", "不读", "int x", "[", "(", "|", "😀", "👨", "pic", "^", "<b>");
    }

    @Test
    void feed_onlyMarks_isSkipped() {
        assertThat(pieces("……。！？ --- *** 😀。")).isEmpty();
    }

    @Test
    void feed_inAnyFragments_givesTheSameText() {
        String whole = String.join("", pieces(ZOO)).replace(" ", "");
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 500; round++) {
            SpeechText speech = new SpeechText();
            List<SpeechPiece> made = new ArrayList<>();
            for (int at = 0; at < ZOO.length(); ) {
                int end = Math.min(ZOO.length(), at + random.nextInt(1, 9));
                made.addAll(speech.feed(ZOO.substring(at, end)));
                at = end;
            }
            made.addAll(speech.finish());
            assertThat(String.join("", texts(made)).replace(" ", "")).isEqualTo(whole);
            int index = 0;
            int place = 0;
            for (SpeechPiece piece : made) {
                assertThat(piece.index()).isEqualTo(index++);
                assertThat(piece.text().length()).isBetween(1, 80);
                assertThat(piece.text().codePoints().anyMatch(Character::isLetterOrDigit))
                        .isTrue();
                for (int end : piece.ends()) {
                    assertThat(end).isBetween(place, ZOO.length());
                    place = end;
                }
            }
        }
    }

    @Test
    void heard_cutOff_goesBackToTheMarkBefore() {
        HeardText heard = heard("好的。我喜欢三，也喜欢四，但是不喜欢五。后面没有声音。", 3);
        heard.sound(0, 600);
        heard.sound(1, 1_000);
        heard.sound(1, 800);
        assertThat(heard.heard(0)).isEmpty();
        assertThat(heard.heard(300)).isEmpty();
        assertThat(heard.heard(600)).isEqualTo("好的。");
        assertThat(heard.heard(600 + 700)).isEqualTo("好的。我喜欢三，");
        assertThat(heard.heard(600 + 1_300)).isEqualTo("好的。我喜欢三，也喜欢四，");
        assertThat(heard.heard(600 + 1_800)).isEqualTo("好的。我喜欢三，也喜欢四，但是不喜欢五。");
        assertThat(heard.heard(99_999)).isEqualTo("好的。我喜欢三，也喜欢四，但是不喜欢五。");
    }

    @Test
    void heard_whole_isTheModelsTextToTheLetter() {
        String text = "**好的**。See [here](https://example.org). 😀";
        HeardText heard = heard(text, 2);
        heard.sound(0, 500);
        heard.sound(1, 500);
        heard.finish();
        assertThat(heard.heard(1_000)).isEqualTo(text);
        assertThat(heard.heard(500)).isEqualTo("**好的**。");
    }

    @Test
    void heard_soundForSeveralPieces_isSharedByThem() {
        HeardText heard = heard("一二三四五六，七八九。十一十二。", 2);
        heard.sound(1, 1_000);
        assertThat(heard.heard(1_000)).isEqualTo("一二三四五六，七八九。十一十二。");
        assertThat(heard.heard(800)).isEqualTo("一二三四五六，七八九。");
        assertThat(heard.heard(300)).isEmpty();
    }

    @Test
    void heard_anyTimes_growsWithThemAndIsABeginning() {
        SplittableRandom random = new SplittableRandom(9);
        for (int round = 0; round < 300; round++) {
            HeardText heard = heard(ZOO, -1);
            for (int piece = 0; piece < 30; piece++) {
                heard.sound(piece, random.nextInt(3) == 0 ? 0 : random.nextInt(3_000));
            }
            String before = "";
            for (double played = 0; played < heard.millis() + 200; played += 97) {
                String now = heard.heard(played);
                assertThat(ZOO).startsWith(now);
                assertThat(now).startsWith(before);
                before = now;
            }
        }
    }

    private static HeardText heard(String text, int expectedPieces) {
        SpeechText speech = new SpeechText(new SpeechText.Lengths(20, 30, 20, 60, 80));
        HeardText heard = new HeardText();
        List<SpeechPiece> made = new ArrayList<>(speech.feed(text));
        made.addAll(speech.finish());
        heard.text(text);
        made.forEach(heard::piece);
        if (expectedPieces >= 0) {
            assertThat(made).hasSize(expectedPieces);
        }
        return heard;
    }

    private static List<String> pieces(String text) {
        SpeechText speech = new SpeechText();
        List<SpeechPiece> all = new ArrayList<>(speech.feed(text));
        all.addAll(speech.finish());
        return texts(all);
    }

    private static List<String> texts(List<SpeechPiece> pieces) {
        return pieces.stream().map(SpeechPiece::text).toList();
    }
}
