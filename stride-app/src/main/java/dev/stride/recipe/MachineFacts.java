package dev.stride.recipe;

/**
 * The device that a run would use.
 *
 * @param device its name for people, for example {@code cpu} or the name of the card
 * @param cuda whether it is a CUDA card
 * @param memoryBytes memory that the run may use: of the card, or of the machine
 * @param cores cores of the CPU
 * @param bf16 whether it has instructions for bf16
 * @param ranks processes that train together, on this machine and others
 */
public record MachineFacts(String device, boolean cuda, long memoryBytes, int cores, boolean bf16, int ranks) {
    /** The device of a process that trains alone. */
    public MachineFacts(String device, boolean cuda, long memoryBytes, int cores, boolean bf16) {
        this(device, cuda, memoryBytes, cores, bf16, 1);
    }

    /**
     * What one of several processes has of it; a card is not shared.
     *
     * @param processes on the machine
     * @param all that train together
     */
    public MachineFacts sharedBy(int processes, int all) {
        return new MachineFacts(
                device, cuda, cuda ? memoryBytes : memoryBytes / processes, Math.max(1, cores / processes), bf16, all);
    }
}
