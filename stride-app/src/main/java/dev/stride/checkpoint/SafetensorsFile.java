package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A safetensors file, mapped into memory: eight bytes of header length, a JSON header, then the tensors' bytes.
 *
 * <p>The header is trusted in nothing: its length, its JSON, every type and shape against its offsets, and that the
 * tensors cover the rest of the file without a hole or an overlap (the format's own rules, safetensors README, section
 * "Format"). All problems of a file are reported together.
 */
final class SafetensorsFile implements TensorFile {
    /** The format allows 100 MB; 16 MiB hold the names of more than 100,000 tensors and keep a hostile file small. */
    private static final long LARGEST_HEADER = 16L << 20;

    private static final int LENGTH_BYTES = 8;

    /** The one key of a header that is no tensor. */
    static final String METADATA = "__metadata__";

    private final MappedFile file;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, Long> offsets;

    private SafetensorsFile(MappedFile file, Map<String, TensorInfo> tensors, Map<String, Long> offsets) {
        this.file = file;
        this.tensors = tensors;
        this.offsets = offsets;
    }

    static SafetensorsFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return new HeaderReader(file).read();
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public StoredTensor read(String name) {
        TensorInfo info = tensors.get(name);
        Long offset = offsets.get(name);
        if (info == null || offset == null) {
            throw new IllegalArgumentException(file.path() + " holds no tensor " + name);
        }
        OversizedTensor.check(name, info);
        return new StoredTensor(name, info.dtype(), info.shape(), file.view(offset, info.numBytes()));
    }

    @Override
    public void close() {
        file.close();
    }

    /** A tensor's place, counted from the end of the header. */
    private record Span(String name, long begin, long end) {}

    /** Reads the header once and gathers everything that is wrong with it. */
    private static final class HeaderReader {
        private final MappedFile file;
        private final List<Problem> problems = new ArrayList<>();
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        private final List<Span> spans = new ArrayList<>();

        HeaderReader(MappedFile file) {
            this.file = file;
        }

        SafetensorsFile read() {
            if (file.size() < LENGTH_BYTES) {
                throw fail("the file has " + file.size() + " bytes", "at least " + LENGTH_BYTES);
            }
            long length = file.copy(0, LENGTH_BYTES).getLong();
            long rest = file.size() - LENGTH_BYTES;
            if (length < 2 || length > Math.min(rest, LARGEST_HEADER)) {
                throw fail(
                        "the file has " + file.size() + " bytes and its first eight give a header of "
                                + Long.toUnsignedString(length),
                        "a header of 2 to " + Math.min(rest, LARGEST_HEADER)
                                + " bytes; the file is cut short or is no safetensors file");
            }
            ObjectNode header = parse(length);
            header.properties().forEach(entry -> {
                if (entry.getKey().equals(METADATA)) {
                    checkMetadata(entry.getValue());
                } else {
                    readEntry(entry.getKey(), entry.getValue());
                }
            });
            if (problems.isEmpty()) {
                checkCoverage(rest - length);
            }
            if (!problems.isEmpty()) {
                throw new UserException("Cannot read " + file.path(), problems);
            }
            Map<String, Long> offsets = new HashMap<>();
            for (Span span : spans) {
                offsets.put(span.name, LENGTH_BYTES + length + span.begin);
            }
            return new SafetensorsFile(file, Collections.unmodifiableMap(tensors), offsets);
        }

        private ObjectNode parse(long length) {
            try {
                return JsonFile.parse(file.copy(LENGTH_BYTES, length).array());
            } catch (IOException e) {
                throw fail(
                        "the header of " + length + " bytes is not JSON: "
                                + Printable.plain(String.valueOf(e.getMessage())),
                        "one JSON object");
            }
        }

        private void checkMetadata(JsonNode metadata) {
            if (!metadata.isObject()
                    || !metadata.properties().stream()
                            .allMatch(entry -> entry.getValue().isTextual())) {
                add("the entry " + METADATA + " holds " + Printable.plain(metadata.toString()), "an object of texts");
            }
        }

        private void readEntry(String name, JsonNode entry) {
            String who = "tensor " + Printable.quoted(name) + ": ";
            if (!entry.isObject()
                    || entry.size() != 3
                    || !entry.has("dtype")
                    || !entry.has("shape")
                    || !entry.has("data_offsets")) {
                add(who + Printable.plain(entry.toString()), "an object of dtype, shape and data_offsets");
                return;
            }
            Optional<DType> dtype = DType.ofSafetensorsName(entry.path("dtype").asText());
            if (dtype.isEmpty()) {
                add(
                        who + "dtype " + Printable.plain(entry.path("dtype").toString()),
                        List.of(DType.values()).toString());
            }
            Optional<long[]> shape = longs(entry.path("shape"));
            if (shape.isEmpty()) {
                add(who + "shape " + Printable.plain(entry.path("shape").toString()), "whole numbers from 0");
            }
            Optional<long[]> span = longs(entry.path("data_offsets")).filter(ends -> ends.length == 2);
            if (span.isEmpty()) {
                add(
                        who + "data_offsets "
                                + Printable.plain(entry.path("data_offsets").toString()),
                        "two whole numbers from 0");
            }
            if (dtype.isPresent() && shape.isPresent() && span.isPresent()) {
                place(name, dtype.get(), shape.get(), span.get()[0], span.get()[1]);
            }
        }

        private void place(String name, DType dtype, long[] shape, long begin, long end) {
            String who = "tensor " + Printable.quoted(name) + ": ";
            long bytes;
            try {
                bytes = Shapes.bytes(dtype, shape);
            } catch (ArithmeticException e) {
                add(who + "shape " + Printable.plain(Shapes.text(shape)) + " is larger than any file", "");
                return;
            }
            if (end < begin || end - begin != bytes) {
                add(
                        who + "data_offsets [" + begin + ", " + end + "] span " + (end - begin) + " bytes",
                        bytes + " bytes, which " + dtype + Printable.plain(Shapes.text(shape)) + " takes");
                return;
            }
            tensors.put(name, new TensorInfo(dtype, shape, file.path()));
            spans.add(new Span(name, begin, end));
        }

        private void checkCoverage(long dataBytes) {
            spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
            long covered = 0;
            String before = "the header";
            for (Span span : spans) {
                String who = "tensor " + Printable.quoted(span.name);
                if (span.begin > covered) {
                    add(
                            who + " begins at " + span.begin + ", which leaves a hole of " + (span.begin - covered)
                                    + " bytes behind " + before,
                            "it begins at " + covered);
                } else if (span.begin < covered) {
                    add(who + " begins at " + span.begin + " and overlaps " + before, "it begins at " + covered);
                }
                if (span.end > dataBytes) {
                    add(
                            who + " ends at " + span.end + " but only " + dataBytes + " bytes follow the header",
                            "an end inside the file; the file is cut short or its header is wrong");
                }
                covered = Math.max(covered, span.end);
                before = who;
            }
            if (covered < dataBytes) {
                add((dataBytes - covered) + " bytes follow the last tensor", "none");
            }
        }

        private static Optional<long[]> longs(JsonNode array) {
            if (!array.isArray()) {
                return Optional.empty();
            }
            long[] values = new long[array.size()];
            for (int i = 0; i < values.length; i++) {
                JsonNode number = array.path(i);
                if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
                    return Optional.empty();
                }
                values[i] = number.longValue();
            }
            return Optional.of(values);
        }

        private void add(String given, String allowed) {
            problems.add(Problem.of(file.path().toString(), given, allowed));
        }

        private UserException fail(String given, String allowed) {
            add(given, allowed);
            return new UserException("Cannot read " + file.path(), problems);
        }
    }
}
