package dev.stride.recipe;

import dev.stride.config.HardwareChoice;
import dev.stride.config.Numbers;
import dev.stride.config.Origin;

/**
 * The hardware that the classic rules know: cards with bf16, as the A100; cards with fp16 only, as the V100; and
 * processors, about which they say nothing.
 *
 * @param name for people
 * @param kind never DETECTED
 * @param source how it is known
 */
public record HardwareProfile(String name, HardwareChoice.Kind kind, String source) {
    /** The factor of cards with bf16. */
    static final double BF16_FACTOR = 1.2;
    /** The factor of cards with fp16 only. */
    static final double FP16_FACTOR = 0.9;

    public HardwareProfile {
        if (kind == HardwareChoice.Kind.DETECTED) {
            throw new IllegalArgumentException("a profile names its kind");
        }
    }

    /** The hardware that was given, or the machine's. */
    static HardwareProfile of(HardwareChoice choice, Origin origin, MachineFacts machine) {
        if (choice.kind() != HardwareChoice.Kind.DETECTED) {
            return new HardwareProfile(choice.word(), choice.kind(), "given (" + origin + ")");
        }
        if (!machine.cuda()) {
            return new HardwareProfile(
                    machine.device(),
                    HardwareChoice.Kind.CPU,
                    machine.bf16() ? "detected, with bf16 instructions" : "detected, without bf16 instructions");
        }
        return new HardwareProfile(
                machine.device(),
                machine.bf16() ? HardwareChoice.Kind.BF16 : HardwareChoice.Kind.FP16_ONLY,
                "detected");
    }

    /** What the classic rules multiply a planned rate by. */
    double factor() {
        return switch (kind) {
            case BF16 -> BF16_FACTOR;
            case FP16_ONLY -> FP16_FACTOR;
            case CPU -> 1;
            case DETECTED -> throw new IllegalStateException("a profile names its kind");
        };
    }

    /** The line of the ledger; off it multiplies by 1. */
    Factor toFactor(boolean on, String whyOff) {
        String known = name + " (" + source + ")";
        if (!on) {
            String without = factor() == 1 ? "" : "; where it is on, " + known + " has x " + Numbers.text(factor());
            return new Factor("hardware", 1, whyOff + without);
        }
        return switch (kind) {
            case BF16 ->
                new Factor("hardware", factor(), known + " has bf16; unproven, --hardware-factor off leaves it out");
            case FP16_ONLY ->
                new Factor(
                        "hardware", factor(), known + " has fp16 only; unproven, --hardware-factor off leaves it out");
            case CPU -> new Factor("hardware", 1, known + " is a processor, for which the rules have no factor");
            case DETECTED -> throw new IllegalStateException("a profile names its kind");
        };
    }
}
