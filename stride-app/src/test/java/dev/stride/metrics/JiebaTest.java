package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JiebaTest {
    private static final Jieba JIEBA = new Jieba();

    /** What Python's jieba 0.42.1 says of sentences of ours. */
    @ParameterizedTest
    @CsvSource(delimiter = '=', textBlock = """
            我们在北京大学上课。 = 我们|在|北京大学|上课|。
            学习率太大，损失变成了NaN！ = 学习|率太大|，|损失|变成|了|NaN|！
            温度是36.5%还是3.14.15？ = 温度|是|36.5%|还是|3.14|.|15|？
            这款吉林产的C++手册卖100+元 = 这|款|吉林|产|的|C++|手册|卖|100|+|元
            user_name@mail-box.com = user|_|name|@|mail|-|box|.|com
            """)
    void cut_ourSentences_areJiebasWords(String text, String words) {
        assertThat(String.join("|", JIEBA.cut(text))).isEqualTo(words);
    }

    @Test
    void cut_empty_isNothing() {
        assertThat(JIEBA.cut("")).isEmpty();
    }

    @Test
    void cut_lineEnds_stayWhole() {
        assertThat(JIEBA.cut("好\r\n \n\r的")).containsExactly("好", "\r\n", " ", "\n", "\r", "的");
    }

    @Test
    void cut_charactersBeyondTheBasicPlane_areOneWordEach() {
        assertThat(JIEBA.cut("好😀😀吗")).containsExactly("好", "😀", "😀", "吗");
    }

    @Test
    void cut_anyText_joinsToTheText() {
        Random random = new Random(7);
        String alphabet = "的一是不了学习率模型训练abcXYZ0189.%+#&-_ \t\r\n，。！？　😀é";
        int[] codePoints = alphabet.codePoints().toArray();
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                text.appendCodePoint(codePoints[random.nextInt(codePoints.length)]);
            }
            List<String> words = JIEBA.cut(text.toString());
            assertThat(String.join("", words)).isEqualTo(text.toString());
            assertThat(words).noneMatch(String::isEmpty);
        }
    }
}
