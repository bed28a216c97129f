package dev.stride.checkpoint;

import dev.stride.checkpoint.AdapterFiles.Factor;
import dev.stride.checkpoint.AdapterFiles.Place;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A LoRA adapter in PEFT's layout, open for reading: its settings and two factors for each module. */
public final class Adapter implements Closeable {
    private final Path folder;
    private final AdapterConfig config;
    private final WeightReader weights;
    private final Map<Place, String> nameOf;

    private Adapter(Path folder, AdapterConfig config, WeightReader weights, Map<Place, String> nameOf) {
        this.folder = folder;
        this.config = config;
        this.weights = weights;
        this.nameOf = nameOf;
    }

    /**
     * Opens an adapter's folder: {@code adapter_config.json}, and {@code adapter_model.safetensors} or else {@code
     * adapter_model.bin}.
     *
     * @throws UserException with everything that is wrong: files, settings that Stride does not compute, names, shapes
     */
    public static Adapter open(Path folder) {
        AdapterConfig config = AdapterConfigReader.read(folder.resolve(AdapterFiles.CONFIG));
        Path safetensors = folder.resolve(AdapterFiles.SAFETENSORS);
        Path torch = folder.resolve(AdapterFiles.TORCH);
        boolean old = !Files.exists(safetensors) && Files.exists(torch);
        WeightReader weights = WeightReader.openFile(old ? torch : safetensors);
        try {
            return new Adapter(folder, config, weights, places(config, weights));
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** The settings of an adapter's folder, without opening its tensors. */
    public static AdapterConfig config(Path folder) {
        return AdapterConfigReader.read(folder.resolve(AdapterFiles.CONFIG));
    }

    private static Map<Place, String> places(AdapterConfig config, WeightReader weights) {
        List<Problem> problems = new ArrayList<>();
        Map<Place, String> nameOf = new LinkedHashMap<>();
        weights.tensors().forEach((name, info) -> {
            String where = weights.location() + ", tensor " + Printable.quoted(name);
            Place place = AdapterFiles.place(name).orElse(null);
            if (place == null) {
                problems.add(Problem.of(where, "no LoRA factor", new Place("<module>", Factor.A).tensorName()));
                return;
            }
            if (nameOf.put(place, name) != null) {
                problems.add(Problem.of(where, "the factor is there twice", "once"));
            }
            if (!config.targets(place.module())) {
                problems.add(
                        Problem.of(where, "its module is no target", "the target_modules " + config.targetModules()));
            }
            long[] shape = info.shape();
            if (shape.length != 2 || shape[place.factor() == Factor.A ? 0 : 1] != config.rank()) {
                problems.add(Problem.of(
                        where,
                        "shape " + Shapes.text(shape),
                        (place.factor() == Factor.A ? "[" + config.rank() + ", in]" : "[out, " + config.rank() + "]")
                                + ", because r is " + config.rank()));
            }
            if (!info.dtype().isFloating()) {
                problems.add(Problem.of(where, "type " + info.dtype(), "a floating-point type"));
            }
        });
        for (Place place : nameOf.keySet()) {
            Place partner = new Place(place.module(), place.factor() == Factor.A ? Factor.B : Factor.A);
            if (!nameOf.containsKey(partner)) {
                problems.add(Problem.of(weights.location().toString(), "no " + partner.tensorName(), "both factors"));
            }
        }
        if (nameOf.isEmpty() && problems.isEmpty()) {
            problems.add(Problem.of(weights.location().toString(), "no tensors", "two for each adapted module"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("Cannot use the adapter in " + weights.location(), problems);
        }
        return Collections.unmodifiableMap(nameOf);
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /** The settings. */
    public AdapterConfig config() {
        return config;
    }

    /** The names of the adapted linears in the base model, in order. */
    public Set<String> modules() {
        Set<String> modules = new TreeSet<>();
        nameOf.keySet().forEach(place -> modules.add(place.module()));
        return modules;
    }

    /**
     * One factor: A is [rank, in], B is [out, rank].
     *
     * @throws IllegalArgumentException when the module has no adapter
     */
    public StoredTensor read(String module, Factor factor) {
        String name = nameOf.get(new Place(module, factor));
        if (name == null) {
            throw new IllegalArgumentException(folder + " adapts no module " + module);
        }
        return weights.read(name);
    }

    /**
     * Compares the adapter with the model that it is to be put on.
     *
     * @param linears the shape [out, in] of every linear of the model that could be adapted, by name
     * @throws UserException with every module that the model lacks, that the adapter lacks, or whose shape differs
     */
    public void check(Map<String, long[]> linears) {
        List<Problem> problems = new ArrayList<>();
        Set<String> all = new TreeSet<>(modules());
        new TreeMap<>(linears).keySet().stream().filter(config::targets).forEach(all::add);
        Set<String> own = modules();
        for (String module : all) {
            long[] linear = linears.get(module);
            if (linear == null) {
                problems.add(Problem.of(Printable.plain(module), "extra", "no such linear in this model"));
            } else if (!own.contains(module)) {
                problems.add(Problem.of(module, "missing", "an adapter, because target_modules names it"));
            } else {
                compare(problems, new Place(module, Factor.A), new long[] {config.rank(), linear[1]});
                compare(problems, new Place(module, Factor.B), new long[] {linear[0], config.rank()});
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("The adapter in " + folder + " does not fit this model", problems);
        }
    }

    private void compare(List<Problem> problems, Place place, long[] wanted) {
        long[] found = read(place.module(), place.factor()).shape();
        if (!Arrays.equals(found, wanted)) {
            problems.add(Problem.of(place.tensorName(), "shape " + Shapes.text(found), Shapes.text(wanted)));
        }
    }

    /** Closes the file. Tensors that were read stay good. */
    @Override
    public void close() {
        weights.close();
    }
}
