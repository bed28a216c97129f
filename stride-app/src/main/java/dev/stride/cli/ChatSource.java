package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.chat.LoadedModel;
import dev.stride.checkpoint.AdapterFiles;
import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.peft.LoraTuning;
import dev.stride.train.AdapterLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a base that answers, and the adapters on it, lie on disk.
 *
 * @param name of the base
 * @param folder of its weights
 * @param adapters folders by name
 */
record ChatSource(String name, Path folder, Map<String, Path> adapters) {
    ChatSource {
        adapters = new LinkedHashMap<>(adapters);
    }

    /**
     * What a folder holds that can answer: a checkpoint in the published layout as it is; a run as the best checkpoint that
     * its result names, else its newest. A run of LoRA is its base, with the run's adapter by the run's name.
     *
     * @throws UserException where the folder holds neither, or the run's base is not where it was
     */
    static ChatSource of(Path given) {
        if (!EventReader.isRun(given)) {
            return new ChatSource(nameOf(given), given, Map.of());
        }
        Path checkpoint = checkpoint(given);
        if (!isAdapter(checkpoint)) {
            return new ChatSource(nameOf(given), checkpoint, Map.of());
        }
        Path base = ConfigReader.read(given.resolve(RunStore.CONFIG), Map.of(), List.of())
                .model()
                .path();
        if (base == null || !Files.isDirectory(base)) {
            throw new UserException(given + ": the run's adapter belongs to the model " + base
                    + ", which is not there now; name the model with --model and the run with --adapter");
        }
        return new ChatSource(nameOf(base), base, Map.of(nameOf(given), checkpoint));
    }

    /** The same base with an adapter's folder, or a run's, by a name. */
    ChatSource with(String adapter, Path given) {
        Map<String, Path> more = new LinkedHashMap<>(adapters);
        more.put(adapter, EventReader.isRun(given) ? checkpoint(given) : given);
        return new ChatSource(name, folder, more);
    }

    /** The same by another name of the base. */
    ChatSource named(String own) {
        return new ChatSource(own, folder, adapters);
    }

    /** The name of the one model that is meant: of the first adapter where there is one. */
    String first() {
        return adapters.isEmpty()
                ? name
                : name + ":" + adapters.keySet().iterator().next();
    }

    /** Loads the weights once and the adapters beside them, in the precision asked for. */
    LoadedModel load(RunConfig config) {
        OpenModel open = OpenModel.open(config, folder, null);
        Map<String, LoraTuning> loaded = new LinkedHashMap<>();
        try {
            adapters.forEach((adapter, place) -> loaded.put(adapter, AdapterLoader.detached(open.model(), place)));
            return new LoadedModel(name, open.model(), open.tokenizer(), loaded);
        } catch (RuntimeException e) {
            loaded.values().forEach(LoraTuning::close);
            open.close();
            throw e;
        }
    }

    /** A folder's own name, without what cannot stand in a model's name. */
    static String nameOf(Path folder) {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName()).replace(':', '-');
    }

    private static Path checkpoint(Path run) {
        Path result = run.resolve(RunStore.RESULT);
        if (Files.isRegularFile(result)) {
            RunResult.Best best = result(result).best();
            Path folder = best == null || best.checkpoint().isEmpty() ? run : run.resolve(best.checkpoint());
            if (!folder.equals(run) && Files.isDirectory(folder)) {
                return folder;
            }
        }
        return OpenModel.adapterFolder(run);
    }

    private static RunResult result(Path file) {
        try {
            JsonNode json = Json.mapper().readTree(file.toFile());
            return RunResult.fromJson(json);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": " + e.getMessage(), e);
        }
    }

    private static boolean isAdapter(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterFiles.CONFIG));
    }
}
