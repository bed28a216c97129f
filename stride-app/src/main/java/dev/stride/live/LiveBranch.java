package dev.stride.live;

/**
 * The beginning of a branch among the rows of a run.
 *
 * @param name {@code main}, or what its event says
 * @param parent the branch it starts from; empty for the main one
 * @param from updates that it starts with
 * @param factor on the rate of the plan
 * @param reason why, empty for the main one
 * @param firstRow its first row; the rows up to the next branch's are its own
 * @param tokens trained on the way to it
 * @param seconds that the updates on the way to it took
 */
record LiveBranch(
        String name,
        String parent,
        long from,
        double factor,
        String reason,
        int firstRow,
        long tokens,
        double seconds) {}
