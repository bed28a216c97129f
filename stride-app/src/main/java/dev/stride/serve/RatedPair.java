package dev.stride.serve;

import dev.stride.search.Vote;

/**
 * Two trials' answers to one prompt, in no order of sides.
 *
 * @param question the question's id
 * @param one the trial that stands first in the sweep
 * @param other the one that stands later
 */
record RatedPair(String question, RatedSweep.Trial one, RatedSweep.Trial other) {
    /**
     * A pair with its sides.
     *
     * @param pair what is compared
     * @param swapped whether {@code pair.other()} stands on the left
     */
    record Sides(RatedPair pair, boolean swapped) {
        RatedSweep.Trial left() {
            return swapped ? pair.other() : pair.one();
        }

        RatedSweep.Trial right() {
            return swapped ? pair.one() : pair.other();
        }

        String leftText() {
            return left().answers().getOrDefault(pair.question(), "");
        }

        String rightText() {
            return right().answers().getOrDefault(pair.question(), "");
        }

        /** The word by which a browser names what it was shown; it tells nothing about the trials. */
        String ticket(long seed) {
            return Question.hash(
                    16,
                    Long.toString(seed),
                    pair.question(),
                    left().trial().name(),
                    right().trial().name());
        }
    }

    Vote.Pair key() {
        return Vote.Pair.of(question, one.trial().name(), other.trial().name());
    }

    Sides sides(boolean swapped) {
        return new Sides(this, swapped);
    }
}
