package dev.stride.metrics;

/**
 * A dictionary of words with their counts, as a trie whose edges lie in one open-addressed hash table: the edge from a
 * node by a character is one {@code long}, and its slot is the name of the node it leads to. 500,000 nodes take 12 MB.
 * Words are made of characters of the basic plane; {@code '\0'} is not one.
 */
final class WordTrie {
    /** The node of the empty prefix. */
    static final int ROOT = 0;

    /** What {@link #child} says where no word goes on. */
    static final int NONE = -1;

    private final int shift;
    private final int mask;
    private final long[] edges;
    private final int[] counts;
    private int numNodes;
    private int numWords;
    private long total;

    /** An empty trie with room for {@code 2^bits} nodes; it is meant to stay less than three quarters full. */
    WordTrie(int bits) {
        shift = Long.SIZE - bits;
        mask = (1 << bits) - 1;
        edges = new long[1 << bits];
        counts = new int[1 << bits];
    }

    /** Sets the count of a word. A word set twice has the later count; both counts are in {@link #total}. */
    void put(String text, int from, int to, int count) {
        int node = ROOT;
        for (int i = from; i < to; i++) {
            node = childOrNew(node, text.charAt(i));
        }
        if (counts[node - 1] == 0) {
            numWords++;
        }
        counts[node - 1] = count;
        total += count;
    }

    /** The node one character further, or {@link #NONE}. */
    int child(int node, char next) {
        int slot = slotOf(edge(node, next));
        return edges[slot] == 0 ? NONE : slot + 1;
    }

    /** The count of the word that ends at a node; 0 where none ends. */
    int count(int node) {
        return node == ROOT ? 0 : counts[node - 1];
    }

    /** The count of a word; 0 if it is unknown. */
    int count(CharSequence word) {
        int node = ROOT;
        for (int i = 0; i < word.length() && node != NONE; i++) {
            node = child(node, word.charAt(i));
        }
        return node == NONE ? 0 : count(node);
    }

    /** The number of different words with a count above 0. */
    int numWords() {
        return numWords;
    }

    /** The sum of all counts that were set. */
    long total() {
        return total;
    }

    private int childOrNew(int node, char next) {
        long edge = edge(node, next);
        int slot = slotOf(edge);
        if (edges[slot] == 0) {
            if (++numNodes > mask - mask / 4) {
                throw new IllegalStateException("the dictionary has more prefixes than there is room for: " + numNodes);
            }
            edges[slot] = edge;
        }
        return slot + 1;
    }

    private static long edge(int node, char next) {
        return (long) node << Character.SIZE | next;
    }

    /** The slot of an edge, or the free slot where it would go. Fibonacci hashing, linear probing. */
    private int slotOf(long edge) {
        int slot = (int) (edge * 0x9E3779B97F4A7C15L >>> shift);
        while (edges[slot] != 0 && edges[slot] != edge) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
