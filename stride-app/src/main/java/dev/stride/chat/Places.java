package dev.stride.chat;

import java.util.Map;
import java.util.TreeMap;

/** Which places of a pool are free: runs of neighbours, given out first fit and joined again when they come back. */
final class Places {
    static final int NONE = -1;

    private final TreeMap<Integer, Integer> free = new TreeMap<>(); // start to length
    private int numFree;

    Places(int places) {
        free.put(0, places);
        numFree = places;
    }

    /** Free places, wherever they are. */
    int numFree() {
        return numFree;
    }

    /** The start of a run that is no longer free; {@link #NONE} where no run is long enough. */
    int take(int length) {
        for (Map.Entry<Integer, Integer> run : free.entrySet()) {
            if (run.getValue() >= length) {
                int start = run.getKey();
                int left = run.getValue() - length;
                free.remove(start);
                if (left > 0) {
                    free.put(start + length, left);
                }
                numFree -= length;
                return start;
            }
        }
        return NONE;
    }

    /** Gives a run back, or a part of one. */
    void giveBack(int start, int length) {
        if (length == 0) {
            return;
        }
        numFree += length;
        int from = start;
        int to = start + length;
        Map.Entry<Integer, Integer> before = free.lowerEntry(start);
        if (before != null && before.getKey() + before.getValue() == start) {
            from = before.getKey();
        }
        Integer after = free.remove(to);
        if (after != null) {
            to += after;
        }
        free.put(from, to - from);
    }
}
