package dev.stride.recipe;

/**
 * The device that a run would use.
 *
 * @param device its name for people, for example {@code cpu} or the name of the card
 * @param cuda whether it is a CUDA card
 * @param memoryBytes memory that the run may use: of the card, or of the machine
 * @param cores cores of the CPU
 * @param bf16 whether it has instructions for bf16
 */
public record MachineFacts(String device, boolean cuda, long memoryBytes, int cores, boolean bf16) {
    /** What each of several processes on the machine has of it; a card is not shared. */
    public MachineFacts sharedBy(int processes) {
        return new MachineFacts(
                device, cuda, cuda ? memoryBytes : memoryBytes / processes, Math.max(1, cores / processes), bf16);
    }
}
