package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.Quantisation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --quantize} and {@code --group} ask for.
 *
 * @param bits 8 or 4
 * @param group inputs that share a scale, or {@link Quantisation#ROW}
 * @param given whether the group was named
 */
record QuantizeRequest(int bits, int group, boolean given) {
    /** The group of int4 where none is named; docs/decisions.md has the losses that decided. */
    static final int DEFAULT_GROUP = 32;

    private static final List<String> GROUPS = List.of("row", "32", "64", "128", "256");

    /** The request; null where nothing is to be quantised. */
    static @Nullable QuantizeRequest of(@Nullable String quantize, @Nullable String group) {
        List<Problem> problems = new ArrayList<>();
        if (quantize != null && !quantize.equals("int8") && !quantize.equals("int4")) {
            problems.add(Problem.of("--quantize", quantize, "int8, int4"));
        }
        if (group != null && !GROUPS.contains(group)) {
            problems.add(Problem.of("--group", group, String.join(", ", GROUPS)));
        }
        if (group != null && !"int4".equals(quantize)) {
            problems.add(Problem.of(
                    "--group",
                    group + (quantize == null ? " without --quantize" : " with " + quantize),
                    "only with --quantize int4; int8 has a scale for each row"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("convert cannot quantise so", problems);
        }
        if (quantize == null) {
            return null;
        }
        int bits = quantize.equals("int8") ? 8 : 4;
        if (group == null) {
            return new QuantizeRequest(bits, bits == 8 ? Quantisation.ROW : DEFAULT_GROUP, false);
        }
        return new QuantizeRequest(bits, group.equals("row") ? Quantisation.ROW : Integer.parseInt(group), true);
    }

    /**
     * The form of a model's linears.
     *
     * @throws UserException when the groups do not divide the rows of every linear
     */
    Quantisation quantisation(ChatGlmConfig shape) {
        Quantisation asked = new Quantisation(bits, group);
        List<Problem> problems = new ArrayList<>();
        check(problems, asked, "hidden_size", shape.hiddenSize());
        check(problems, asked, "num_attention_heads x kv_channels", (long) shape.numHeads() * shape.headSize());
        check(problems, asked, "ffn_hidden_size", shape.ffnHiddenSize());
        if (!problems.isEmpty()) {
            throw new UserException(
                    "groups of " + group + " inputs" + (given ? "" : ", the default,")
                            + " do not divide the rows of this model; --group row or another size may",
                    problems);
        }
        return asked;
    }

    private void check(List<Problem> problems, Quantisation asked, String where, long inputs) {
        if (!asked.fits(inputs)) {
            problems.add(Problem.of(where, Long.toString(inputs), "a multiple of " + Math.max(2, group)));
        }
    }
}
