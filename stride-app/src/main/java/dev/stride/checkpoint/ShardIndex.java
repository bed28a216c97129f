package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which file holds which tensor: {@code model.safetensors.index.json} or {@code pytorch_model.bin.index.json}.
 *
 * @param file where it was read, or will be written
 * @param totalSize bytes of all tensors together, when the index says so
 * @param fileOf file names by tensor name
 */
record ShardIndex(Path file, OptionalLong totalSize, Map<String, String> fileOf) {
    static final String SAFETENSORS = "model.safetensors.index.json";
    static final String TORCH = "pytorch_model.bin.index.json";

    /** Reads an index; every entry must be a plain file name beside it. */
    static ShardIndex read(Path file) {
        ObjectNode root = JsonFile.read(file);
        List<Problem> problems = new ArrayList<>();
        Map<String, String> fileOf = new TreeMap<>();
        JsonNode map = root.path("weight_map");
        if (!map.isObject()) {
            problems.add(Problem.of(
                    file.toString(), "weight_map is " + Printable.plain(map.toString()), "an object of file names"));
        }
        map.properties().forEach(entry -> {
            String name = entry.getValue().asText();
            if (entry.getValue().isTextual() && FileNames.isPlain(name)) {
                fileOf.put(entry.getKey(), name);
            } else {
                problems.add(Problem.of(
                        file + ", weight_map." + Printable.plain(entry.getKey()),
                        Printable.plain(entry.getValue().toString()),
                        "the name of a file beside the index"));
            }
        });
        JsonNode total = root.path("metadata").path("total_size");
        // some writers give a decimal number
        boolean whole = total.isNumber() && total.doubleValue() == Math.rint(total.doubleValue());
        if (!total.isMissingNode() && !(whole && total.canConvertToLong())) {
            problems.add(Problem.of(
                    file + ", metadata.total_size", Printable.plain(total.toString()), "a whole number of bytes"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("Cannot read the index " + file, problems);
        }
        OptionalLong totalSize = total.isMissingNode() ? OptionalLong.empty() : OptionalLong.of(total.longValue());
        return new ShardIndex(file, totalSize, fileOf);
    }

    /** The shards' names, in the order of the names of their tensors. */
    Set<String> files() {
        return new LinkedHashSet<>(fileOf.values());
    }

    /** The text of the index, tensors by name. */
    String text() {
        ObjectNode root = JsonFile.object();
        ObjectNode metadata = root.putObject("metadata");
        totalSize.ifPresent(bytes -> metadata.put("total_size", bytes));
        ObjectNode map = root.putObject("weight_map");
        new TreeMap<>(fileOf).forEach(map::put);
        return JsonFile.text(root);
    }
}
