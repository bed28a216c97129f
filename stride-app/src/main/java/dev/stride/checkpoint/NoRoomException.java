package dev.stride.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A disk has too little room for what is about to be written; nothing was begun. */
public final class NoRoomException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    NoRoomException(String message) {
        super(message, new IOException(message));
    }
}
