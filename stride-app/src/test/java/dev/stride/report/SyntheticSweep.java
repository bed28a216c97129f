package dev.stride.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A made-up sweep's folder with the forms of a real one: seven rates around 2e-3, of which one is pruned, one taken up
 * from another at the end of a shared warm-up, one added beyond the grid, and the highest flies apart.
 */
public final class SyntheticSweep {
    /** Updates planned for each trial. */
    public static final int STEPS = 126;

    /** Validation rows. */
    public static final int ROWS = 120;

    /** A prompt of the validation data; nobody but the user may see it. */
    public static final String PROMPT = "user: 你们店几点开门？周末也营业吗？";

    /** Its reference. */
    public static final String REFERENCE = "每天早上九点开门，周末照常营业，晚上八点半关门。";

    /** What the settings of each trial name. */
    public static final String MODEL = "/home/somebody/models/chatglm3-tiny";

    /** What the search did. */
    public static final String COURSE = "The best rate, 3e-3, is the highest tried: 1e-2 lies beyond.";

    /** The same in Chinese. */
    public static final String COURSE_ZH = "最佳学习率 3e-3 是已试中最高的：接着尝试更高的 1e-2。";

    /** The names of those who voted. */
    public static final List<String> RATERS = List.of("王小明", "Ann B.");

    private static final int WARM_UP = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private SyntheticSweep() {}

    private record Plan(String name, double lr, String status, int steps, double floor, String origin) {}

    private static final List<Plan> PLANS = List.of(
            new Plan("lr-3e-5", 3e-5, "pruned", 42, 2.45, "grid"),
            new Plan("lr-1e-4", 1e-4, "finished", STEPS, 1.93, "grid"),
            new Plan("lr-3e-4", 3e-4, "finished", STEPS, 1.66, "grid"),
            new Plan("lr-1e-3", 1e-3, "finished", STEPS, 1.455, "grid"),
            new Plan("lr-3e-3", 3e-3, "finished", STEPS, 1.437, "grid"),
            new Plan("lr-1e-2", 1e-2, "finished", STEPS, 1.61, "grown"),
            new Plan("lr-3e-2", 3e-2, "stopped", 31, 2.4, "grown"));

    /** Writes it. */
    public static Path write(Path folder) {
        ObjectNode sweep = JSON.createObjectNode().put("version", 1).put("vary", "lr");
        sweep.putObject("metric").put("name", "loss").put("higher_is_better", false);
        sweep.putObject("weights");
        settings(sweep.putObject("settings"));
        ArrayNode trials = sweep.putArray("trials");
        for (int i = 0; i < PLANS.size(); i++) {
            trials.add(trial(folder, PLANS.get(i), i));
        }
        ObjectNode updates = sweep.putObject("updates").put("made", 693).put("grid", 882);
        updates.putObject("saved").put("pruning", 84).put("prefix", 10).put("trunk", 12);
        sweep.putObject("basin").put("lr", 2.1e-3).put("log10_width", 0.42).put("at_edge", false);
        ObjectNode answer =
                sweep.putObject("answer").put("lr", 2.1e-3).put("low", 9e-4).put("high", 5e-3);
        answer.put("decided", true).put("confidence", 0.97).put("p", 0.03).put("seeds", 1);
        answer.put(
                "sentence",
                "Use 2.1e-3 (LoRA r8, batch 64, linear to 0); 9e-4 to 5e-3 is as good; 1 seed, paired bootstrap p = 0.03.");
        answer.put("sentence_zh", "建议使用 2.1e-3（LoRA r8，批大小 64，线性降至 0）；9e-4 至 5e-3 同样好；1 个种子，配对自助法 p = 0.03。");
        answer.put("rests_on", "validation loss over 120 rows");
        answer.put(
                "command",
                "./stride train --model " + MODEL
                        + " --data /home/somebody/rows/chat.jsonl --val /home/somebody/rows/held-out.jsonl"
                        + " --method lora --lr 2.1e-3 --out runs/final");
        sweep.putArray("course").add(COURSE);
        sweep.putArray("course_zh").add(COURSE_ZH);
        sweep.putArray("warnings").add("the rates 1e-2 and 3e-2 are above the cap of this method (5e-3)");
        text(folder, "sweep.json", sweep.toPrettyString() + "\n");
        text(
                folder,
                "sweep.yaml",
                "model:\n  path: " + MODEL
                        + "  # from --model\ndata:\n  train: [\"/home/somebody/rows/chat.jsonl:0.5\"]\n  val:"
                        + " /home/somebody/rows/held-out.jsonl\n");
        text(
                folder,
                "ratings.jsonl",
                vote(0, "5f0c1a2b3c4d", "right")
                        + vote(1, "5f0c1a2b3c4d", "right")
                        + vote(0, "00112233aabb", "left")
                        + vote(1, PROMPT, "left").replace("lr-1e-3", "lr-gone"));
        return folder;
    }

    /** A vote's line, with a key that no version of the program writes. */
    private static String vote(int rater, String prompt, String choice) {
        ObjectNode vote = JSON.createObjectNode().put("time", "2026-01-31T12:00:00Z");
        vote.put("rater", RATERS.get(rater)).put("session", "a1b2c3d4").put("prompt", prompt);
        vote.put("left", "lr-1e-3")
                .put("right", "lr-3e-3")
                .put("left_step", STEPS)
                .put("right_step", STEPS);
        vote.put("choice", choice).put("seconds", 4.5).put("remark", REFERENCE);
        return vote + "\n";
    }

    private static void settings(ObjectNode settings) {
        settings.put("task", "dialogue")
                .put("method", "lora")
                .put("lora_rank", 8)
                .put("lora_alpha", 16.0);
        settings.put("batch", 64)
                .put("schedule", "linear to 0")
                .put("epochs", 3)
                .put("updates", STEPS);
        settings.put("rows", 2688)
                .put("validation_rows", ROWS)
                .put("generated_rows", 30)
                .put("cap", 5e-3);
        settings.put("model", MODEL);
    }

    private static double rate(double peak, int step) {
        return step <= WARM_UP ? peak * step / WARM_UP : peak * (STEPS - step) / (STEPS - WARM_UP);
    }

    private static ObjectNode trial(Path sweep, Plan plan, int index) {
        Random random = new Random(index);
        String place = "trials/" + plan.name();
        Path folder = sweep.resolve(place);
        boolean apart = plan.status().equals("stopped");
        List<RunEvent> events = new ArrayList<>();
        StringBuilder samples = new StringBuilder();
        StringBuilder rows = new StringBuilder();
        EvalEvent last = eval(0, 4.62);
        EvalEvent best = last;
        events.add(last);
        double learned = 0;
        double all = 0;
        for (int step = 1; step <= STEPS; step++) {
            all += rate(plan.lr(), step);
        }
        for (int step = 1; step <= plan.steps(); step++) {
            learned += rate(plan.lr(), step) / all;
            double level =
                    4.6 - (4.6 - plan.floor()) * (1 - Math.exp(-4 * Math.pow(learned, 0.6))) / (1 - Math.exp(-4));
            double flight = apart && step > 18 ? Math.pow(step - 18, 2) * 0.035 : 0;
            double loss = level + flight + random.nextGaussian() * 0.07;
            Map<String, Double> rates = new LinkedHashMap<>();
            rates.put("decay", rate(plan.lr(), step));
            events.add(new StepEvent(step, loss, rates, 0.8 + flight, 9000, 0.29, 31000, step / 42.0));
            if (step % 21 == 0 || step == plan.steps()) {
                last = eval(step, level + flight + 0.004 + (step < STEPS ? random.nextDouble() * 0.05 : 0));
                best = last.loss() < best.loss() ? last : best;
                events.add(last);
                rows.append(rows(step, last.loss(), index)).append('\n');
                samples.append(sample(step, last.loss(), 0).toJson()).append('\n');
                samples.append(sample(step, last.loss(), 1).toJson()).append('\n');
            }
        }
        String reason = switch (plan.status()) {
            case "pruned" -> "its extrapolated end of 2.9 (2.7 to 3.1) is above the best of 1.44";
            case "stopped" -> "divergence: the loss 8.1 is above three times its lowest";
            default -> "all " + STEPS + " planned updates were made";
        };
        if (apart) {
            events.add(new VerdictEvent(plan.steps(), "divergence", "stop", reason));
        }
        events.add(new NoteEvent(plan.steps(), "saved under /home/somebody/sweeps/" + plan.name()));
        StringBuilder lines = new StringBuilder();
        events.forEach(event -> lines.append(event.toJson()).append('\n'));
        text(folder, "events.jsonl", lines.toString());
        text(folder, "samples.jsonl", samples.toString());
        text(folder, "rows.jsonl", rows.toString());
        text(
                folder,
                "config.yaml",
                "model:\n  path: " + MODEL
                        + "\ndata:\n  val: \"/home/some body/rows/held out.jsonl\"\noptimizer:\n  lr: " + plan.lr()
                        + "\n");
        text(folder, "plan.json", plan(plan).toString());
        RunResult.Status end = apart
                ? RunResult.Status.STOPPED
                : plan.steps() < STEPS ? RunResult.Status.INTERRUPTED : RunResult.Status.FINISHED;
        RunResult result = new RunResult(
                end,
                plan.steps(),
                new RunResult.Best(best.step(), "loss", best.loss(), ""),
                Map.of("seconds", plan.steps() * 0.29),
                reason);
        text(folder, "result.json", result.toJson().toString());
        text(folder, "checkpoints/step-000126/adapter_model.safetensors", "weights");
        ObjectNode trial = JSON.createObjectNode().put("name", plan.name()).put("folder", place);
        trial.put("lr", plan.lr()).put("value", plan.name().substring(3)).put("seed", 1);
        trial.put("status", plan.status()).put("steps", plan.steps()).put("planned_steps", STEPS);
        trial.put("reason", reason);
        ObjectNode metrics = trial.putObject("metrics");
        metrics.put("loss", last.loss());
        last.scores().forEach(metrics::put);
        trial.putObject("best").put("step", best.step()).put("metric", "loss").put("value", best.loss());
        trial.put("origin", plan.origin()).put("seconds", plan.steps() * 0.29);
        if (plan.name().equals("lr-3e-3")) {
            trial.putObject("forked").put("from", "lr-1e-3").put("step", WARM_UP);
        }
        return trial;
    }

    private static ObjectNode plan(Plan plan) {
        ObjectNode node = JSON.createObjectNode().put("clip", 1.0);
        ArrayNode planned = node.putArray("planned_lr");
        for (int step = 1; step <= STEPS; step++) {
            planned.addArray().add(step).add(rate(plan.lr(), step));
        }
        node.putArray("ledger")
                .addObject()
                .put("name", "model")
                .put("value", MODEL)
                .put("reason", "given by --model");
        node.putArray("warnings").add("the cache is at C:\\Users\\somebody\\cache");
        node.putObject("batch").put("value", 64).put("reason", "the recipe of dialogue");
        node.putObject("environment").put("Java", "17").put("working folder", "/home/somebody/work");
        return node;
    }

    private static EvalEvent eval(int step, double loss) {
        Map<String, Double> scores = new LinkedHashMap<>();
        double share = Math.max(0, (4.62 - loss) / 3.2);
        scores.put("bleu-4", 0.004 + 0.47 * share * share);
        scores.put("rouge-l", 7 + 52 * share);
        return new EvalEvent(step, loss, 3720, scores, 1.5);
    }

    /** Rows of which some are hard for every trial, and some happen to suit one. */
    private static ObjectNode rows(int step, double loss, int trial) {
        ObjectNode line = JSON.createObjectNode().put("step", step);
        ArrayNode losses = line.putArray("loss");
        ArrayNode tokens = line.putArray("tokens");
        Random hard = new Random(99);
        Random own = new Random(1000 + trial);
        double[] each = new double[ROWS];
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            each[i] = loss + hard.nextGaussian() * 0.3 + own.nextGaussian() * 0.09;
            sum += each[i];
        }
        for (int i = 0; i < ROWS; i++) {
            losses.add(31 * (each[i] + loss - sum / ROWS));
            tokens.add(31);
        }
        return line;
    }

    private static SampleRecord sample(int step, double loss, int row) {
        boolean good = loss < 1.8;
        if (row == 0) {
            return new SampleRecord(
                    step,
                    PROMPT,
                    good ? "每天九点开门，周末也营业，晚上八点半关门。" : "开门开门的的，周末周末，好的。",
                    REFERENCE,
                    Map.of("bleu-4", good ? 0.51 : 0.02));
        }
        return new SampleRecord(
                step,
                "user: May I return a lamp that I bought three weeks ago?",
                good ? "Yes, within thirty days and with the receipt." : "Yes yes the lamp the lamp.",
                "Yes. Lamps can be returned within thirty days if you bring the receipt.",
                Map.of("bleu-4", good ? 0.44 : 0.01));
    }

    private static void text(Path folder, String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
