package dev.stride.recipe;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Whole tensors dealt out to ranks so that each has about as much: the largest first, each to the rank that has least until
 * then (Graham 1969). The largest share is at most 4/3 of the smallest that is possible. The same on every rank.
 */
public final class EvenShares {
    private EvenShares() {}

    /** The rank of each tensor, from its number of elements. */
    public static int[] of(List<Long> elements, int ranks) {
        long[] held = new long[ranks];
        int[] owners = new int[elements.size()];
        List<Integer> largestFirst = IntStream.range(0, owners.length)
                .boxed()
                .sorted(Comparator.comparing(elements::get, Comparator.reverseOrder()))
                .toList();
        for (int tensor : largestFirst) {
            int least = 0;
            for (int rank = 1; rank < ranks; rank++) {
                least = held[rank] < held[least] ? rank : least;
            }
            owners[tensor] = least;
            held[least] += elements.get(tensor);
        }
        return owners;
    }

    /** Elements of the largest share. */
    static long largest(List<Long> elements, int ranks) {
        long[] held = new long[ranks];
        int[] owners = of(elements, ranks);
        for (int i = 0; i < owners.length; i++) {
            held[owners[i]] += elements.get(i);
        }
        return IntStream.range(0, ranks).mapToLong(rank -> held[rank]).max().orElse(0);
    }
}
