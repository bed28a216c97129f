package dev.stride.config;

import java.util.EnumSet;
import java.util.Set;

/** Whose arithmetic a schedule follows. */
public enum ScheduleForm implements Word {
    /** Ours: updates count from 1, the first is never 0, the last is the floor, nothing rises after the end. */
    NATIVE("native"),
    /** As transformers computes it, overrun and float traps included. */
    HF("hf"),
    /** As torch.optim.lr_scheduler computes it. */
    TORCH("torch");

    private static final Set<ScheduleName> WITHOUT_HF =
            EnumSet.of(ScheduleName.ONE_CYCLE, ScheduleName.REX, ScheduleName.PLATEAU);
    private static final Set<ScheduleName> WITH_TORCH = EnumSet.of(
            ScheduleName.CONSTANT,
            ScheduleName.LINEAR,
            ScheduleName.COSINE,
            ScheduleName.COSINE_RESTARTS,
            ScheduleName.POLYNOMIAL,
            ScheduleName.ONE_CYCLE);

    private final String word;

    ScheduleForm(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }

    /** Whether the library, or Stride itself, has a schedule of this name. */
    public boolean has(ScheduleName name) {
        return switch (this) {
            case NATIVE -> name != ScheduleName.COSINE_WARMUP_MIN;
            case HF -> !WITHOUT_HF.contains(name);
            case TORCH -> WITH_TORCH.contains(name);
        };
    }
}
