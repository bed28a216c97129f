package dev.stride;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where tests find files: the project itself, and the reference material that may stand beside it. */
public final class SharedFolder {
    private SharedFolder() {}

    /** The root of the project. */
    public static Path projectRoot() {
        String root = System.getProperty("stride.root");
        return root == null ? Path.of("").toAbsolutePath().getParent() : Path.of(root);
    }

    /** A file of the reference material beside the project; where it is absent the test is skipped, visibly. */
    public static Path require(String name) {
        Path file = projectRoot().resolveSibling("shared").resolve(name);
        assumeTrue(
                Files.exists(file),
                () -> "SKIPPED: ../shared/" + name + " is not beside this checkout, so nothing was compared with it");
        return file;
    }
}
