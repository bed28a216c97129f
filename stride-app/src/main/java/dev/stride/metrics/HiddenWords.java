package dev.stride.metrics;

import java.util.Arrays;
import java.util.List;

/**
 * The hidden Markov model that guesses words which no dictionary has: each Chinese character begins a word (B), stands
 * in its middle (M), ends it (E) or is one by itself (S), and the likeliest sequence of these states is found by
 * Viterbi's algorithm. The numbers are those of jieba 0.42.1.
 */
final class HiddenWords {
    /** The characters the model is about: {@code [\u4E00-\u9FD5]}. */
    private static final char FIRST = '\u4E00';

    private static final char LAST = '\u9FD5';

    /** What stands for log 0. */
    private static final double NEVER = -3.14e100;

    // States in the order of their letters: a tie goes to the later letter.
    private static final int B = 0;
    private static final int E = 1;
    private static final int M = 2;
    private static final int S = 3;
    private static final String LETTERS = "BEMS";

    private static final double[] START = {-0.26268660809250016, NEVER, NEVER, -1.4652633398537678};

    /** The two states that may stand before each state, in the order of their letters. */
    private static final int[][] BEFORE = {{E, S}, {B, M}, {B, M}, {E, S}};

    /** The log probability of the step from each of {@link #BEFORE} to each state. */
    private static final double[][] STEP = {
        {-0.5897149736854513, -0.7211965654669841},
        {-0.51082562376599, -0.33344856811948514},
        {-0.916290731874155, -1.2603623820268226},
        {-0.8085250474669937, -0.6658631448798212}
    };

    private final double[][] emissions = new double[LETTERS.length()][LAST - FIRST + 1];

    /**
     * Reads the emission table: a line with a state's letter, then lines {@code character TAB log probability} that
     * belong to it.
     */
    HiddenWords(List<String> table) {
        for (double[] row : emissions) {
            Arrays.fill(row, NEVER);
        }
        int state = -1;
        for (String line : table) {
            int tab = line.indexOf('\t');
            if (tab < 0) {
                state = LETTERS.indexOf(line);
            } else if (isHan(line.charAt(0))) {
                emissions[state][line.charAt(0) - FIRST] = Double.parseDouble(line.substring(tab + 1));
            }
        }
    }

    /** Whether the model knows what to do with a character. */
    static boolean isHan(char c) {
        return c >= FIRST && c <= LAST;
    }

    /** Cuts a run of characters, all {@linkplain #isHan Han}, into words and adds them in order. */
    void cut(String run, List<String> words) {
        int[] states = likeliestStates(run);
        int begin = 0;
        for (int i = 0; i < states.length; i++) {
            if (states[i] == E || states[i] == S) {
                words.add(run.substring(begin, i + 1));
                begin = i + 1;
            }
        }
    }

    /** Viterbi; the last state is E or S, so that the words cover the run. */
    private int[] likeliestStates(String run) {
        int length = run.length();
        int[][] from = new int[length][LETTERS.length()];
        double[] score = new double[LETTERS.length()];
        for (int state = 0; state < score.length; state++) {
            score[state] = START[state] + emissions[state][run.charAt(0) - FIRST];
        }
        for (int t = 1; t < length; t++) {
            double[] next = new double[score.length];
            for (int state = 0; state < next.length; state++) {
                double emission = emissions[state][run.charAt(t) - FIRST];
                int early = BEFORE[state][0];
                int late = BEFORE[state][1];
                double byEarly = score[early] + STEP[state][0] + emission;
                double byLate = score[late] + STEP[state][1] + emission;
                boolean lateWins = byLate >= byEarly;
                next[state] = lateWins ? byLate : byEarly;
                from[t][state] = lateWins ? late : early;
            }
            score = next;
        }
        int[] states = new int[length];
        states[length - 1] = score[S] >= score[E] ? S : E;
        for (int t = length - 1; t > 0; t--) {
            states[t - 1] = from[t][states[t]];
        }
        return states;
    }
}
