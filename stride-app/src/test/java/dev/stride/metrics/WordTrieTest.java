package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordTrieTest {
    @Test
    void count_randomWords_isThatOfAMap() {
        Random random = new Random(3);
        WordTrie trie = new WordTrie(14);
        Map<String, Integer> expected = new HashMap<>();
        long total = 0;
        for (int i = 0; i < 4000; i++) {
            String word = randomWord(random);
            int count = 1 + random.nextInt(1000);
            trie.put(word, 0, word.length(), count);
            expected.put(word, count);
            total += count;
        }
        expected.forEach((word, count) -> assertThat(trie.count(word)).as(word).isEqualTo(count));
        for (int i = 0; i < 4000; i++) {
            String word = randomWord(random);
            assertThat(trie.count(word)).as(word).isEqualTo(expected.getOrDefault(word, 0));
        }
        assertThat(trie.numWords()).isEqualTo(expected.size());
        assertThat(trie.total()).isEqualTo(total);
    }

    @Test
    void child_ofAPrefixThatIsNoWord_existsWithCountZero() {
        WordTrie trie = new WordTrie(4);
        trie.put("北京大学", 0, 4, 5);
        int node = trie.child(trie.child(WordTrie.ROOT, '北'), '京');
        assertThat(trie.count(node)).isZero();
        assertThat(trie.child(node, '西')).isEqualTo(WordTrie.NONE);
    }

    @Test
    void put_moreThanThereIsRoomFor_isRefused() {
        WordTrie trie = new WordTrie(3);
        assertThatThrownBy(() -> trie.put("abcdefgh", 0, 8, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more prefixes");
    }

    private static String randomWord(Random random) {
        StringBuilder word = new StringBuilder();
        int length = 1 + random.nextInt(4);
        for (int i = 0; i < length; i++) {
            word.append((char) ('一' + random.nextInt(12)));
        }
        return word.toString();
    }
}
