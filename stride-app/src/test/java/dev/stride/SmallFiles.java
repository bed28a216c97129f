package dev.stride;

import java.nio.file.Path;
import java.util.List;

/** A {@link SmallCheckpoint} with rows to train on and to validate with, as most tests of whole runs want them. */
public record SmallFiles(Path model, Path rows, Path validation) {
    /** Writes the three into a folder; the same numbers and seeds give the same bytes. */
    public static SmallFiles write(Path folder, int numRows, long seed, int numValidation, long validationSeed) {
        return new SmallFiles(
                SmallCheckpoint.PLAIN.writeBelow(folder),
                SmallCheckpoint.rows(folder.resolve("rows.jsonl"), numRows, seed),
                SmallCheckpoint.rows(folder.resolve("validation.jsonl"), numValidation, validationSeed));
    }

    /** What names them on a command line. */
    public List<String> flags() {
        return List.of("--model", model.toString(), "--data", rows.toString(), "--val", validation.toString());
    }
}
