package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * {@code manifest.json}: the files of a folder with their sizes and checksums. It is written last, so a folder with a
 * manifest was written to its end.
 *
 * @param files in the order of writing
 */
record Manifest(List<Entry> files) {
    static final String FILE = "manifest.json";

    /**
     * One file.
     *
     * @param name its plain name
     * @param bytes its size
     * @param sha256 64 hexadecimal digits
     */
    record Entry(String name, long bytes, String sha256) {}

    Manifest {
        files = List.copyOf(files);
    }

    /** The text of the file. */
    String text() {
        ObjectNode root = JsonFile.object();
        ArrayNode list = root.putArray("files");
        for (Entry file : files) {
            list.addObject().put("name", file.name).put("bytes", file.bytes).put("sha256", file.sha256);
        }
        return JsonFile.text(root);
    }

    /**
     * Reads the manifest of a folder.
     *
     * @throws UserException when there is none, or it is damaged
     */
    static Manifest read(Path folder) {
        Path file = folder.resolve(FILE);
        JsonNode list = JsonFile.read(file).path("files");
        List<Entry> entries = new ArrayList<>();
        boolean whole = list.isArray();
        for (JsonNode node : list) {
            Entry entry = new Entry(
                    node.path("name").asText(),
                    node.path("bytes").asLong(-1),
                    node.path("sha256").asText());
            whole &= FileNames.isPlain(entry.name) && entry.bytes >= 0 && entry.sha256.matches("[0-9a-f]{64}");
            entries.add(entry);
        }
        if (!whole) {
            throw new UserException(
                    "Cannot read " + file,
                    List.of(Problem.of(
                            file.toString(),
                            "files is " + Printable.plain(list.toString()),
                            "a list of name, bytes and sha256")));
        }
        return new Manifest(entries);
    }

    /** What is wrong with a folder: missing files, wrong sizes and, on request, wrong checksums; empty when it is whole. */
    static List<Problem> verify(Path folder, boolean checksums) {
        Manifest manifest;
        try {
            manifest = read(folder);
        } catch (UserException e) {
            return e.problems();
        }
        List<Problem> problems = new ArrayList<>();
        for (Entry entry : manifest.files) {
            Path file = folder.resolve(entry.name);
            try {
                if (!Files.isRegularFile(file)) {
                    problems.add(Problem.of(file.toString(), "is missing", entry.bytes + " bytes"));
                } else if (Files.size(file) != entry.bytes) {
                    problems.add(Problem.of(
                            file.toString(),
                            Files.size(file) + " bytes",
                            entry.bytes + " bytes, as " + FILE + " says"));
                } else if (checksums && !sha256(file).equals(entry.sha256)) {
                    problems.add(Problem.of(
                            file.toString(),
                            "its bytes were changed",
                            "sha256 " + entry.sha256 + ", as " + FILE + " says"));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        return problems;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(in, sha256())) {
            byte[] buffer = new byte[1 << 16];
            while (digesting.read(buffer) >= 0) {
                // the stream feeds the digest
            }
            return hex(digesting.getMessageDigest());
        }
    }
}
