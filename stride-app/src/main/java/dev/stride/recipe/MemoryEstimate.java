package dev.stride.recipe;

import java.util.List;

/**
 * The memory that a run needs at its highest, counted before anything is loaded. It is an estimate: allocators and
 * libraries differ by a few per cent.
 *
 * @param parts what takes how much
 */
public record MemoryEstimate(List<MemoryPart> parts) {
    public MemoryEstimate {
        parts = List.copyOf(parts);
    }

    /** All parts together. */
    public long total() {
        return parts.stream().mapToLong(MemoryPart::bytes).sum();
    }
}
