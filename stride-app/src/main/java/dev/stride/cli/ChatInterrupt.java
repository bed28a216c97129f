package dev.stride.cli;

import sun.misc.Signal;

/** Ctrl-C in a conversation: the answer that is being written ends; where none is, the program does. */
final class ChatInterrupt {
    private ChatInterrupt() {}

    /** Takes over the signal of this process. */
    static void install(ChatSession session) {
        Signal.handle(new Signal("INT"), signal -> {
            if (!session.stopAnswer()) {
                Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
            }
        });
    }
}
