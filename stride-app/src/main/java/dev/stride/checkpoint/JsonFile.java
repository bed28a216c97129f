package dev.stride.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** JSON files that lie beside weights: read strictly (no key twice, nothing behind the end), written with two spaces. */
final class JsonFile {
    /** Far above any real one (the index of a model with 100,000 tensors has about 10 MB). */
    private static final long LARGEST = 64L << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /** The object in a file; anything that is not one JSON object is the user's problem. */
    static ObjectNode read(Path file) {
        byte[] bytes;
        try {
            long size = Files.size(file);
            if (size > LARGEST) {
                throw problem(file, "has " + size + " bytes", "at most " + LARGEST);
            }
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw problem(file, "does not exist", "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        try {
            return parse(bytes);
        } catch (IOException e) {
            throw problem(file, Printable.plain(String.valueOf(e.getMessage())), "one JSON object");
        }
    }

    /**
     * The object in an array of bytes.
     *
     * @throws IOException when it is not exactly one JSON object; the message says where
     */
    static ObjectNode parse(byte[] bytes) throws IOException {
        JsonNode node;
        try {
            node = MAPPER.readTree(bytes);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new IOException(e.getOriginalMessage() + place, e);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("it holds no JSON object");
    }

    /** The text of a tree, for people to read. */
    static String text(JsonNode node) {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        printer.indentObjectsWith(indenter);
        printer.indentArraysWith(indenter);
        try {
            return MAPPER.writer(printer).writeValueAsString(node) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a JSON tree: " + e.getMessage(), e);
        }
    }

    /** The bytes of a tree in its shortest form. */
    static byte[] compact(JsonNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** An empty object. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    private static UserException problem(Path file, String given, String allowed) {
        return new UserException("Cannot read " + file, List.of(Problem.of(file.toString(), given, allowed)));
    }
}
