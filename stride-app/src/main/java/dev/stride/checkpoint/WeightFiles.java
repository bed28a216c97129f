package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a folder that hold a model's weights, chosen by their names alone.
 *
 * @param index the index that names them, where there is one
 * @param files their names
 */
record WeightFiles(Optional<ShardIndex> index, Set<String> files) {
    static final String SINGLE_SAFETENSORS = "model.safetensors";
    private static final String SINGLE_TORCH = "pytorch_model.bin";

    /** Files that lie beside weights and are none of the model's own. */
    private static final Set<String> OTHERS = Set.of(AdapterFiles.SAFETENSORS, "optimizer.safetensors");

    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.(safetensors|bin)");

    static WeightFiles find(Path folder) {
        Set<String> names = list(folder);
        for (String index : List.of(ShardIndex.SAFETENSORS, ShardIndex.TORCH)) {
            boolean safetensors = index.equals(ShardIndex.SAFETENSORS);
            if (names.contains(index)) {
                ShardIndex read = ShardIndex.read(folder.resolve(index));
                return new WeightFiles(Optional.of(read), read.files());
            }
            String single = safetensors ? SINGLE_SAFETENSORS : SINGLE_TORCH;
            if (names.contains(single)) {
                return new WeightFiles(Optional.empty(), Set.of(single));
            }
            Set<String> loose = names.stream()
                    .filter(name -> safetensors
                            ? name.endsWith(".safetensors") && !OTHERS.contains(name)
                            : name.startsWith("pytorch_model-") && name.endsWith(".bin"))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!loose.isEmpty()) {
                checkWhole(folder, loose);
                return new WeightFiles(Optional.empty(), loose);
            }
        }
        throw new UserException(
                "There are no weights in " + folder,
                List.of(new Problem(
                        folder.toString(),
                        names.isEmpty() ? "an empty folder" : "files " + names,
                        ShardIndex.SAFETENSORS + ", " + SINGLE_SAFETENSORS + ", other .safetensors files, "
                                + ShardIndex.TORCH + ", " + SINGLE_TORCH + " or pytorch_model-*.bin",
                        "",
                        names.contains(AdapterFiles.CONFIG)
                                ? "This is an adapter; give its base model here and the folder as the adapter"
                                : "")));
    }

    private static Set<String> list(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw new UserException(
                    "Cannot read the weights in " + folder,
                    List.of(Problem.of(
                            folder.toString(),
                            Files.exists(folder) ? "is a file" : "does not exist",
                            "a model's folder")));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Shards say in their names how many they are; without an index that is the only way to miss one. */
    private static void checkWhole(Path folder, Set<String> names) {
        List<Problem> problems = new ArrayList<>();
        for (String name : names) {
            Matcher shard = SHARD.matcher(name);
            if (!shard.matches() || Integer.parseInt(shard.group(3)) > 10_000) {
                continue;
            }
            for (int i = 1; i <= Integer.parseInt(shard.group(3)); i++) {
                String sibling = String.format("%s-%05d-of-%s.%s", shard.group(1), i, shard.group(3), shard.group(4));
                Problem missing = Problem.of(folder.resolve(sibling).toString(), "is missing", "beside " + name);
                boolean known =
                        problems.stream().anyMatch(problem -> problem.where().equals(missing.where()));
                if (!names.contains(sibling) && !known) {
                    problems.add(missing);
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("Cannot read the weights in " + folder, problems);
        }
    }
}
