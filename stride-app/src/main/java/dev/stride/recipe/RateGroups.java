package dev.stride.recipe;

import dev.stride.config.GroupFactor;
import dev.stride.config.LoraConfig;
import dev.stride.config.Numbers;
import dev.stride.config.OptimizerConfig;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sorts what trains into groups that share a rate.
 *
 * <p>Without anything asked: {@code decay} and {@code no_decay}. Layer decay d (Howard and Ruder 2018; Clark et al. 2020)
 * gives layer i of L the factor d^(L-1-i), the embedding d^L, the output layer and the last norm 1; with 28 layers and
 * 0.95 layer 0 has 0.250. LoRA+ (Hayou et al. 2024, arXiv 2402.12354) multiplies the rate of B. Patterns come last.
 */
final class RateGroups {
    private static final Pattern LAYER = Pattern.compile("\\.layers\\.(\\d+)\\.");
    private static final int SHOWN_NAMES = 24;

    private final OptimizerConfig optimizer;
    private final @Nullable Double plusRatio;
    private final int layers;
    private final Map<String, Building> groups = new LinkedHashMap<>();
    private final TreeSet<Integer> unmatched = new TreeSet<>();

    private record Building(boolean decays, List<Factor> factors, List<String> parameters) {}

    private RateGroups(RunConfig config, int layers) {
        this.optimizer = config.optimizer();
        this.plusRatio = config.tuning() instanceof LoraConfig lora ? lora.plusRatio() : null;
        this.layers = layers;
        for (int i = 0; i < optimizer.groups().size(); i++) {
            unmatched.add(i);
        }
    }

    /**
     * The groups, in the order of their first parameters.
     *
     * @throws UserException if a pattern matches no parameter, naming the parameters
     */
    static List<RateGroup> of(RunConfig config, int layers, List<TrainedTensor> tensors) {
        RateGroups sorting = new RateGroups(config, layers);
        tensors.forEach(sorting::sort);
        if (!sorting.unmatched.isEmpty()) {
            throw sorting.refusal(config, tensors);
        }
        List<RateGroup> groups = new ArrayList<>();
        sorting.groups.forEach(
                (name, group) -> groups.add(new RateGroup(name, group.decays(), group.factors(), group.parameters())));
        return groups;
    }

    private void sort(TrainedTensor tensor) {
        List<Factor> factors = new ArrayList<>();
        StringBuilder name = new StringBuilder(tensor.decays() ? "decay" : "no_decay");
        boolean b = tensor.name().contains(".lora_B.");
        if (plusRatio != null) {
            name = new StringBuilder(b ? "lora_b" : "lora_a");
        }
        if (optimizer.layerDecay() != null) {
            name.append('.').append(place(tensor.name()));
            factors.add(layerFactor(tensor.name(), optimizer.layerDecay()));
        }
        if (plusRatio != null && b) {
            factors.add(new Factor(
                    "LoRA+", plusRatio, "B, which starts at 0, learns faster than A (LoRA+, arXiv 2402.12354)"));
        }
        for (int i = 0; i < optimizer.groups().size(); i++) {
            GroupFactor group = optimizer.groups().get(i);
            if (group.matches(tensor.name())) {
                unmatched.remove(i);
                name.append('.').append(group.pattern());
                factors.add(new Factor("group", group.factor(), "given for names like " + group.pattern()));
                break;
            }
        }
        groups.computeIfAbsent(name.toString(), any -> new Building(tensor.decays(), factors, new ArrayList<>()))
                .parameters()
                .add(tensor.name());
    }

    private String place(String name) {
        Matcher layer = LAYER.matcher(name);
        if (layer.find()) {
            return String.format(Locale.ROOT, "layer%02d", Integer.parseInt(layer.group(1)));
        }
        return isEmbedding(name) ? "embedding" : "output";
    }

    private Factor layerFactor(String name, double decay) {
        Matcher layer = LAYER.matcher(name);
        String power = Numbers.text(decay) + "^";
        if (layer.find()) {
            int depth = layers - 1 - Integer.parseInt(layer.group(1));
            return new Factor(
                    "layer decay",
                    Math.pow(decay, depth),
                    power + depth + ": layer " + layer.group(1) + " of " + layers
                            + (depth == 0 ? " is the last" : " lies " + depth + " below the last"));
        }
        return isEmbedding(name)
                ? new Factor(
                        "layer decay",
                        Math.pow(decay, layers),
                        power + layers + ": the embedding lies below all layers")
                : new Factor("layer decay", 1, "the output layer and the last norm have the whole rate");
    }

    private static boolean isEmbedding(String name) {
        return name.contains(".embedding.");
    }

    private UserException refusal(RunConfig config, List<TrainedTensor> tensors) {
        TreeSet<String> folded = new TreeSet<>();
        tensors.forEach(tensor -> folded.add(tensor.name().replaceAll("\\.layers\\.\\d+\\.", ".layers.N.")));
        String names = folded.stream()
                .limit(SHOWN_NAMES)
                .reduce((a, b) -> a + ", " + b)
                .orElse("nothing trains");
        List<Problem> problems = new ArrayList<>();
        for (int i : unmatched) {
            GroupFactor group = optimizer.groups().get(i);
            boolean taken = tensors.stream().anyMatch(tensor -> group.matches(tensor.name()));
            problems.add(new Problem(
                    "optimizer.groups",
                    group.pattern() + "=" + Numbers.text(group.factor()),
                    "a pattern of the whole name of a parameter that trains: " + names + " (N from 0 to " + (layers - 1)
                            + ")",
                    config.origin("optimizer.groups").text(),
                    taken ? "Earlier patterns take all that it matches." : "It matches no parameter."));
        }
        return new UserException("the groups of the rate do not fit what trains", problems);
    }
}
