package dev.stride.monitor;

/**
 * One branch of a recovery experiment: it starts from the best checkpoint with its weights, moments, random state and
 * monitors, and with the data behind what was tried.
 *
 * @param name of the branch in the events: {@code recovery-1}, {@code recovery-1-cooldown}, {@code recovery-1-double}
 * @param factor what the schedule's rate is multiplied by in this branch; it takes the place of the factor that the
 *     checkpoint was trained with
 * @param kind how the rate goes on
 * @param updates how long the branch is, in updates
 * @param reason why, as a sentence with its figures
 */
public record BranchPlan(String name, double factor, Kind kind, long updates, String reason) {
    /** How the rate of a branch goes on. */
    public enum Kind {
        /** Half the rate, along the same schedule. */
        HALVE,
        /** Down to 0 as {@code 1 - sqrt} over the branch. */
        COOLDOWN,
        /** Twice the rate, along the same schedule. */
        DOUBLE
    }
}
