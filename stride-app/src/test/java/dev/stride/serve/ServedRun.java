package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.stride.Child;
import dev.stride.cli.Main;
import dev.stride.samples.CallBriefing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** {@code stride serve} over a run of {@link #train}, in a process of its own. */
final class ServedRun implements AutoCloseable {
    /** What a model of {@link #train} answers, whatever it is asked. */
    static final String ANSWER =
            "The learning rate is one percent. The loss went down in every step. The model was calm"
                    + " from the first day to the last day. After that we tried a larger rate, but the loss went up again.";

    /** Updates of such a run. */
    static final int STEPS = 48;

    private static final List<String> QUESTIONS = List.of(
            "what is the learning rate",
            "tell me more about the loss",
            "hello",
            "please stop and tell me about the other rate",
            "what is the question");
    private static final int ROWS = 12;
    private static final int BATCH = 4;

    private final Process process;
    private final Path log;
    private final JsonNode started;

    private ServedRun(Process process, Path log, JsonNode started) {
        this.process = process;
        this.log = log;
        this.started = started;
    }

    /** Trains the sample model for some seconds until it says {@link #ANSWER} to everything. */
    static Path train(Path folder) throws Exception {
        StringBuilder rows = new StringBuilder();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ROWS; i++) {
            double first = i % 3 == 0 ? Double.NaN : random.nextDouble(5, 10);
            String told = new CallBriefing(
                            1e-2,
                            List.of(),
                            Double.NaN,
                            first,
                            random.nextDouble(0.02, 3),
                            random.nextInt(5, 99),
                            i % 3 == 1 ? List.of() : List.of("healthy " + 15 * random.nextInt(4, 7) + "%"))
                    .text();
            ArrayNode row = ChatRig.JSON.createArrayNode();
            row.addObject().put("role", "system").put("content", told);
            for (int turn = 0; turn <= i % 2; turn++) {
                row.addObject().put("role", "user").put("content", QUESTIONS.get((i + turn) % QUESTIONS.size()));
                row.addObject().put("role", "assistant").put("content", ANSWER);
            }
            rows.append(ChatRig.with(ChatRig.JSON.createObjectNode(), "conversations", row))
                    .append('\n');
        }
        Path data = Files.writeString(folder.resolve("talk.jsonl"), rows);
        Path run = folder.resolve("talk");
        Path log = folder.resolve("train");
        Child.Ended ended = Child.await(
                Child.start(
                        log,
                        List.of(),
                        Main.class,
                        List.of(
                                "train",
                                "--model=" + ChatRig.MODEL,
                                "--data=" + data,
                                "--task=dialogue",
                                "--lora-targets=all",
                                "--lora-alpha=16",
                                "--lr=1e-2",
                                "--batch=" + BATCH,
                                "--epochs=" + STEPS * BATCH / ROWS,
                                "--out=" + run)),
                log);
        if (ended.status() != 0) {
            throw new AssertionError(ended.err());
        }
        return run;
    }

    /** Serves a run, greedily. */
    static ServedRun of(Path run, Path folder, Map<String, String> environment, String... voice)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--model=" + run, "--greedy", "--port=0", "--json"));
        for (String setting : voice) {
            arguments.add("--voice=" + setting);
        }
        Path log = folder.resolve("serve");
        Process process = Child.start(log, List.of(), environment, Main.class, arguments);
        Path out = folder.resolve("serve.out");
        while (!Files.readString(out).strip().endsWith("}")) {
            if (!process.isAlive()) {
                throw new AssertionError(Child.await(process, log).err());
            }
            Thread.sleep(50);
        }
        return new ServedRun(process, log, ChatRig.json(Files.readString(out)));
    }

    /** The address of its call page. */
    String page() {
        return "http://127.0.0.1:" + started.path("port").asInt() + "/call/";
    }

    /** The programs that hear and speak for it just now. */
    List<String> engines() {
        return process.children()
                .map(child -> child.info().command().orElse("?"))
                .toList();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        Child.await(process, log);
    }
}
