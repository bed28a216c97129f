package dev.stride.cli;

import dev.stride.distributed.Launcher;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM as a wish that the training loop asks for between two updates and within an evaluation; the second
 * one ends at once. A rank that was started by a launcher heeds the launcher's SIGTERM alone, and ends with it.
 */
final class Interrupt implements BooleanSupplier {
    private final AtomicBoolean wished = new AtomicBoolean();

    /** Takes over the signals of this process. */
    static Interrupt install(Console console) {
        Interrupt interrupt = new Interrupt();
        boolean launched = System.getenv(Launcher.LAUNCHED) != null;
        if (launched) {
            Signal.handle(new Signal("INT"), signal -> {}); // Ctrl-C reaches the launcher too, which sends SIGTERM
            ProcessHandle.current()
                    .parent()
                    .ifPresent(launcher -> launcher.onExit()
                            .thenRun(() -> Runtime.getRuntime()
                                    .halt(interrupt.wished.get() ? ExitStatus.INTERRUPTED : ExitStatus.FAILED)));
        }
        for (String name : launched ? List.of("TERM") : List.of("INT", "TERM")) {
            Signal.handle(new Signal(name), signal -> {
                if (interrupt.wished.getAndSet(true)) {
                    Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
                }
                if (!launched) { // the launcher says it for all of them
                    console.say("");
                    console.say(
                            "stride: finishing what is under way and saving; once more ends at once without saving");
                }
            });
        }
        return interrupt;
    }

    @Override
    public boolean getAsBoolean() {
        return wished.get();
    }
}
