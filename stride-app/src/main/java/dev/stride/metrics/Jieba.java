package dev.stride.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Cuts Chinese text into words exactly as Python's jieba 0.42.1 does in its default mode (accurate, with the hidden
 * Markov model), because BLEU and ROUGE of Chinese text depend on the words.
 *
 * <p>Runs of Chinese characters, ASCII letters, digits and a few signs are cut along the most probable route through
 * the words of the dictionary; a stretch of single characters on that route is given to the {@linkplain HiddenWords
 * hidden Markov model}. Every other character is a word by itself, spaces included; only {@code \r\n} stays one.
 *
 * <p>The dictionary (349,045 words, 13 MB of memory) is read at the first cut, in about a quarter of a second. An
 * instance may be shared by threads.
 */
public final class Jieba {
    private static final int NUM_WORDS = 349_045;
    private static final int TRIE_BITS = 20;

    /** What the dictionary or the model may cut; the rest is passed through. */
    private static final Pattern RUN = Pattern.compile("[\u4E00-\u9FD5a-zA-Z0-9+#&._%\\-]+");

    /** Inside a run without Chinese: a word or number, as {@code 3.5%}. */
    private static final Pattern LATIN = Pattern.compile("[a-zA-Z0-9]+(?:\\.[0-9]+)?%?");

    private @Nullable Parts parts;

    private record Parts(WordTrie words, HiddenWords hidden, double logTotal) {}

    /** The words of a text in order; joined they are the text. */
    public List<String> cut(String text) {
        Parts loaded = parts();
        List<String> words = new ArrayList<>();
        Matcher run = RUN.matcher(text);
        int done = 0;
        while (run.find()) {
            passThrough(text.substring(done, run.start()), words);
            cutRun(run.group(), loaded, words);
            done = run.end();
        }
        passThrough(text.substring(done), words);
        return words;
    }

    private synchronized Parts parts() {
        if (parts == null) {
            WordTrie words = readWords();
            parts = new Parts(words, readHidden(), StrictMath.log(words.total()));
        }
        return parts;
    }

    private static void passThrough(String text, List<String> words) {
        int next;
        for (int i = 0; i < text.length(); i = next) {
            next = text.startsWith("\r\n", i) ? i + 2 : text.offsetByCodePoints(i, 1);
            words.add(text.substring(i, next));
        }
    }

    /** Follows the best route; single characters wait in a row until a longer word or the end. */
    private static void cutRun(String run, Parts parts, List<String> words) {
        int[] ends = bestEnds(run, parts);
        int waiting = 0;
        for (int i = 0; i < run.length(); i = ends[i]) {
            if (ends[i] - i > 1) {
                cutSingles(run.substring(waiting, i), parts, words);
                words.add(run.substring(i, ends[i]));
                waiting = ends[i];
            }
        }
        cutSingles(run.substring(waiting), parts, words);
    }

    /**
     * For each start, where the word ends that begins the most probable route to the end of the run: the sum of
     * log(count / total) is largest. A tie goes to the longer word; an unknown single character counts 1.
     */
    private static int[] bestEnds(String run, Parts parts) {
        WordTrie trie = parts.words();
        int length = run.length();
        double[] best = new double[length + 1];
        int[] ends = new int[length];
        for (int start = length - 1; start >= 0; start--) {
            best[start] = Double.NEGATIVE_INFINITY;
            int node = WordTrie.ROOT;
            for (int i = start; i < length; i++) {
                node = trie.child(node, run.charAt(i));
                if (node == WordTrie.NONE) {
                    break;
                }
                if (trie.count(node) > 0) {
                    offer(StrictMath.log(trie.count(node)) - parts.logTotal() + best[i + 1], start, i + 1, best, ends);
                }
            }
            if (ends[start] == 0) {
                offer(-parts.logTotal() + best[start + 1], start, start + 1, best, ends);
            }
        }
        return ends;
    }

    private static void offer(double score, int start, int end, double[] best, int[] ends) {
        if (score >= best[start]) {
            best[start] = score;
            ends[start] = end;
        }
    }

    /** A stretch of single characters; one that is itself a word of the dictionary was outvoted and stays cut. */
    private static void cutSingles(String singles, Parts parts, List<String> words) {
        if (singles.length() > 1 && parts.words().count(singles) == 0) {
            cutUnknown(singles, parts.hidden(), words);
        } else {
            passThrough(singles, words);
        }
    }

    private static void cutUnknown(String text, HiddenWords hidden, List<String> words) {
        int end;
        for (int start = 0; start < text.length(); start = end) {
            boolean han = HiddenWords.isHan(text.charAt(start));
            end = start + 1;
            while (end < text.length() && HiddenWords.isHan(text.charAt(end)) == han) {
                end++;
            }
            String part = text.substring(start, end);
            if (han) {
                hidden.cut(part, words);
            } else {
                cutLatin(part, words);
            }
        }
    }

    private static void cutLatin(String text, List<String> words) {
        Matcher latin = LATIN.matcher(text);
        int done = 0;
        while (latin.find()) {
            addUnlessEmpty(text.substring(done, latin.start()), words);
            words.add(latin.group());
            done = latin.end();
        }
        addUnlessEmpty(text.substring(done), words);
    }

    private static void addUnlessEmpty(String word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word);
        }
    }

    /** Lines {@code word count kind}. The jar's table lacks one word of the original. */
    private static WordTrie readWords() {
        String table = resource("/dict.txt");
        WordTrie trie = new WordTrie(TRIE_BITS);
        int end;
        for (int line = 0; line < table.length(); line = end + 1) {
            int space = table.indexOf(' ', line);
            int second = table.indexOf(' ', space + 1);
            trie.put(table, line, space, Integer.parseInt(table, space + 1, second, 10));
            end = table.indexOf('\n', second);
            if (end < 0) {
                break;
            }
        }
        trie.put("吉林", 0, 2, 89);
        if (trie.numWords() != NUM_WORDS) {
            throw new IllegalStateException("the dictionary /dict.txt on the class path has " + trie.numWords()
                    + " words, not the " + NUM_WORDS + " of jieba 0.42.1; is another dict.txt before it?");
        }
        return trie;
    }

    private static HiddenWords readHidden() {
        return new HiddenWords(resource("/prob_emit.txt").lines().toList());
    }

    private static String resource(String name) {
        try (InputStream in = Jieba.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " of jieba-analysis is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of jieba-analysis", e);
        }
    }
}
