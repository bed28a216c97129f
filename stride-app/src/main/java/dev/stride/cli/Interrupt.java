package dev.stride.cli;

import dev.stride.distributed.Launcher;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM as a wish that the training loop asks for between two updates and within an evaluation; the second
 * one ends at once.
 */
final class Interrupt implements BooleanSupplier {
    private final AtomicBoolean wished = new AtomicBoolean();

    /** Takes over the signals of this process. */
    static Interrupt install(Console console) {
        Interrupt interrupt = new Interrupt();
        if (System.getenv(Launcher.LAUNCHED) != null) {
            Signal.handle(new Signal("INT"), signal -> {}); // Ctrl-C reaches the launcher too, which sends SIGTERM
        }
        List<String> names = System.getenv(Launcher.LAUNCHED) == null ? List.of("INT", "TERM") : List.of("TERM");
        for (String name : names) {
            Signal.handle(new Signal(name), signal -> {
                if (interrupt.wished.getAndSet(true)) {
                    Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
                }
                console.say("");
                console.say("stride: finishing what is under way and saving; once more ends at once without saving");
            });
        }
        return interrupt;
    }

    @Override
    public boolean getAsBoolean() {
        return wished.get();
    }
}
