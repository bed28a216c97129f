package dev.stride.samples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The split of source files for code continuation: a hash of each file's relative path decides, about 80 % train, 10 %
 * validation and 10 % test. A file stays in its part when others come and go.
 */
public final class SourceSplits {
    private static final int PERCENT = 10;

    private SourceSplits() {}

    /**
     * The three parts of some source files, each sorted by path.
     *
     * @param sources paths relative to the project, so that the split is the same on every machine
     * @throws IllegalArgumentException if a path is absolute
     */
    public static Splits<Path> of(Collection<Path> sources) {
        List<Path> train = new ArrayList<>();
        List<Path> validation = new ArrayList<>();
        List<Path> test = new ArrayList<>();
        sources.stream().sorted().forEach(source -> {
            if (source.isAbsolute()) {
                throw new IllegalArgumentException("a relative path is needed, not " + source);
            }
            switch (Split.of(source.normalize().toString().replace('\\', '/'), PERCENT)) {
                case TRAIN -> train.add(source);
                case VALIDATION -> validation.add(source);
                case TEST -> test.add(source);
            }
        });
        return new Splits<>(train, validation, test);
    }
}
