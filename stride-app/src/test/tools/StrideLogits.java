package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.ConfigReader;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Writes a model's logits over the answers of {@code stride generate --json}, for reference-merge.py: float32, big-endian,
 * one answer after the other, [prompt + new tokens, vocabulary].
 *
 * <p>It is compiled by hand, since it reads what the product keeps to itself:
 *
 * <pre>{@code
 * T=stride-app/target
 * javac -proc:none -d build -cp "$T/stride.jar:$T/lib/*" stride-app/src/test/tools/StrideLogits.java
 * STRIDE_HOME=$PWD java -cp "build:$T/stride.jar:$T/lib/*" dev.stride.cli.StrideLogits FOLDER GENERATED OUT
 * }</pre>
 */
final class StrideLogits {
    private StrideLogits() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("usage: StrideLogits FOLDER GENERATED OUT");
        }
        JsonNode answers = new ObjectMapper().readTree(Path.of(arguments[1]).toFile());
        try (OpenModel open =
                        OpenModel.open(ConfigReader.read(null, Map.of(), List.of()), Path.of(arguments[0]), null);
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(arguments[2]))))) {
            for (JsonNode answer : answers) {
                int[] ids = IntStream.concat(ids(answer, "prompt_ids"), ids(answer, "new_ids"))
                        .toArray();
                try (TensorScope scope = new TensorScope();
                        NoGrad off = new NoGrad()) {
                    for (float logit : Tensors.floats(open.model().logits(ids, new int[] {ids.length}))) {
                        out.writeFloat(logit);
                    }
                }
            }
        }
    }

    private static IntStream ids(JsonNode answer, String key) {
        return StreamSupport.stream(answer.get(key).spliterator(), false).mapToInt(JsonNode::asInt);
    }
}
