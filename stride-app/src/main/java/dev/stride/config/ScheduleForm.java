package dev.stride.config;

/** Whose arithmetic a schedule follows. */
public enum ScheduleForm implements Word {
    /** Ours: updates count from 1, the first is never 0, the last is the floor, nothing rises after the end. */
    NATIVE("native"),
    /** As transformers computes it, overrun and float traps included. */
    HF("hf"),
    /** As torch.optim.lr_scheduler computes it. */
    TORCH("torch");

    private final String word;

    ScheduleForm(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
