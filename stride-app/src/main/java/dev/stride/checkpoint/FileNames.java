package dev.stride.checkpoint;

/** Names that come from files or callers and must not lead out of their folder. */
final class FileNames {
    private FileNames() {}

    /** Whether this is one plain name: not empty, no folder, no dots alone, no control characters. */
    static boolean isPlain(String name) {
        return !name.isBlank()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    }
}
