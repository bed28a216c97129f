package dev.stride.chat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** What ended answers left in the pool, the least recently used first; each owns its places until it is given up. */
final class KeptSequences {
    private static final int MOST = 256;

    private final Places places;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private int numPlaces;

    /** Computed tokens of an adapter, or of the base alone, and where they lie. */
    record Kept(@Nullable AdapterSlot adapter, int[] ids, int start) {
        boolean beginsWith(Kept other) {
            return adapter == other.adapter
                    && ids.length >= other.ids.length
                    && Arrays.equals(ids, 0, other.ids.length, other.ids, 0, other.ids.length);
        }
    }

    KeptSequences(Places places) {
        this.places = places;
    }

    /** Places that are held here. */
    int numPlaces() {
        return numPlaces;
    }

    /** Takes over the places of computed tokens. What is the beginning of something else is not held twice. */
    void keep(@Nullable AdapterSlot adapter, int[] ids, int start) {
        Kept added = new Kept(adapter, ids, start);
        for (Kept other : kept) {
            if (other.beginsWith(added)) {
                places.giveBack(start, ids.length);
                use(other);
                return;
            }
        }
        for (Iterator<Kept> each = kept.iterator(); each.hasNext(); ) {
            Kept other = each.next();
            if (added.beginsWith(other)) {
                each.remove();
                release(other);
            }
        }
        kept.addLast(added);
        numPlaces += ids.length;
        if (kept.size() > MOST) {
            release(kept.removeFirst());
        }
    }

    /** The one that has the most tokens in common with a prompt; null where none has one. */
    @Nullable
    Kept best(Sequence sequence) {
        Kept best = null;
        int most = 0;
        for (Kept candidate : kept) {
            if (candidate.adapter == sequence.adapter()) {
                int common = sequence.commonWith(candidate.ids, candidate.ids.length);
                if (common > most) {
                    most = common;
                    best = candidate;
                }
            }
        }
        return best;
    }

    /** Makes it the last to be given up. */
    void use(Kept used) {
        if (kept.remove(used)) {
            kept.addLast(used);
        }
    }

    /** Gives up the least recently used; false where there is none. */
    boolean giveUpOne() {
        Kept oldest = kept.pollFirst();
        if (oldest == null) {
            return false;
        }
        release(oldest);
        return true;
    }

    /** Gives up all of an adapter. */
    void giveUp(AdapterSlot adapter) {
        for (Iterator<Kept> each = kept.iterator(); each.hasNext(); ) {
            Kept next = each.next();
            if (next.adapter == adapter) {
                each.remove();
                release(next);
            }
        }
    }

    private void release(Kept given) {
        places.giveBack(given.start, given.ids.length);
        numPlaces -= given.ids.length;
    }
}
