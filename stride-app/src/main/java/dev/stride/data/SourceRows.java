package dev.stride.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.data.DataOptions.SourceCut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Source files as objects with {@code prompt} (lines given) and {@code response} (lines to write).
 *
 * <p>Files come in the order of their paths. A file without its blank last lines is cut at line ends into a prefix, its
 * continuation, the next prefix and so on, so that the pieces laid end to end are the file; line ends become newlines. A
 * piece goes on until it holds a line that is not blank. What is left at the end is a shorter prefix and continuation, or,
 * where only one line is left, joins the last continuation. A file with a single line has nothing to continue and is left
 * out, with a note.
 */
final class SourceRows implements RowSource {
    private static final Set<String> EXTENSIONS = Set.of(
            "c", "cc", "clj", "cpp", "cs", "css", "cu", "cxx", "dart", "ex", "exs", "go", "groovy", "h", "hpp", "hs",
            "java", "jl", "js", "jsx", "kt", "kts", "lua", "m", "php", "pl", "proto", "py", "r", "rb", "rs", "scala",
            "sh", "sql", "swift", "ts", "tsx", "vue", "zig");

    private final Iterator<Path> files;
    private final SourceCut cut;
    private final Queue<Row> ready = new ArrayDeque<>();
    private int leftOut;

    SourceRows(List<Path> files, SourceCut cut) {
        this.files = files.iterator();
        this.cut = cut;
    }

    /** Whether a file's extension is that of a programming language. */
    static boolean isSource(Path file) {
        return EXTENSIONS.contains(DataStream.extension(file));
    }

    /**
     * The source files under a folder, ordered by their path with slashes, so that the order is the same on every
     * system. Hidden files and folders are passed over and links are not followed.
     */
    static List<Path> files(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                return !dir.equals(folder) && isHidden(dir) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && !isHidden(file) && isSource(file)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        found.sort(
                Comparator.comparing(file -> folder.relativize(file).toString().replace('\\', '/')));
        return found;
    }

    @Override
    public @Nullable Row next() throws IOException {
        while (ready.isEmpty() && files.hasNext()) {
            cut(files.next());
        }
        return ready.poll();
    }

    @Override
    public List<String> notes() {
        return leftOut == 0
                ? List.of()
                : List.of(leftOut
                        + " source files with fewer than two lines are left out: they have nothing to continue");
    }

    @Override
    public void close() {
        // each file is closed as soon as it is cut
    }

    private void cut(Path file) {
        List<String> lines = new ArrayList<>();
        try (ByteLines in = new ByteLines(Files.newInputStream(file))) {
            for (ByteLines.Line line = in.next(); line != null; line = in.next()) {
                if (!line.utf8()) {
                    ready.add(Row.bad(file + ":" + line.number(), line.text(), ByteLines.notUtf8()));
                    return;
                }
                lines.add(line.text() + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isBlank()) {
            lines.remove(lines.size() - 1);
        }
        if (hasNothingToContinue(lines, 0)) {
            leftOut++;
            return;
        }
        int start = 0;
        while (start < lines.size()) {
            int left = lines.size() - start;
            int middle = pieceEnd(lines, start, left > cut.prefixLines() ? cut.prefixLines() : (left + 1) / 2);
            // the last line is never blank and is never given
            middle = Math.min(middle, lines.size() - 1);
            int end = pieceEnd(lines, middle, cut.continuationLines());
            if (hasNothingToContinue(lines, end)) {
                end = lines.size();
            }
            String prefix = String.join("", lines.subList(start, middle));
            String continuation = String.join("", lines.subList(middle, end));
            ready.add(Row.good(
                    file + ":" + (start + 1),
                    prefix + continuation,
                    JsonNodeFactory.instance.objectNode().put("prompt", prefix).put("response", continuation)));
            start = end;
        }
    }

    /** Whether fewer than two lines that are not blank stand from here on: one to give and one to write. */
    private static boolean hasNothingToContinue(List<String> lines, int from) {
        return lines.subList(from, lines.size()).stream()
                        .filter(line -> !line.isBlank())
                        .limit(2)
                        .count()
                < 2;
    }

    /** The line after a piece of at least {@code count} lines, one of which is not blank. */
    private static int pieceEnd(List<String> lines, int start, int count) {
        int end = Math.min(lines.size(), start + count);
        while (end < lines.size() && lines.subList(start, end).stream().allMatch(String::isBlank)) {
            end++;
        }
        return end;
    }

    private static boolean isHidden(Path path) {
        return String.valueOf(path.getFileName()).startsWith(".");
    }
}
