package dev.stride.report;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Runs that look like real ones, from a seed: a warm-up and a cosine, a loss that falls, and one that flies apart. */
final class SyntheticRuns {
    static final int STEPS = 600;
    private static final int WARM_UP = 48;

    private SyntheticRuns() {}

    /** Three rates around 2e-5, the highest of which a guard stops at step 431. */
    static ReportData threeRates() {
        return new ReportData(
                "Which learning rate? Product descriptions, LoRA rank 8",
                new BilingualText(
                        "Use 2e-5: its validation loss of 3.12 is the lowest of the three, 6e-6 is still falling when "
                                + "the steps run out, and 6e-5 was stopped by its gradient norm at step 431.",
                        "建议使用 2e-5：三者中它的验证损失最低（3.12）；6e-6 到训练结束时仍在下降；6e-5 在第 431 步因梯度范数过大被终止。"),
                List.of(
                        run("lr 6e-6 (0.3x)", 6e-6, STEPS, 1),
                        run("lr 2e-5 (1x)", 2e-5, STEPS, 2),
                        run("lr 6e-5 (3x)", 6e-5, 431, 3)));
    }

    /** One run that was resumed once. */
    static ReportData oneRun() {
        ReportRun run = run("dialogue-2e-5", 2e-5, 420, 4);
        return new ReportData("dialogue-2e-5", BilingualText.NONE, List.of(run));
    }

    static double planned(double peak, long step) {
        if (step <= WARM_UP) {
            return peak * step / WARM_UP;
        }
        double p = (double) (step - WARM_UP) / (STEPS - WARM_UP);
        return peak * (0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * p)));
    }

    static ReportRun run(String name, double peak, int lastStep, long seed) {
        Random random = new Random(seed);
        List<RatePoint> plan = new ArrayList<>();
        for (long step = 1; step <= STEPS; step++) {
            plan.add(new RatePoint(step, planned(peak, step)));
        }
        List<RunEvent> events = new ArrayList<>();
        List<SampleRecord> samples = new ArrayList<>();
        events.add(eval(0, 4.71, random));
        double learned = 0;
        boolean tooHigh = peak > 5e-5;
        for (int step = 1; step <= lastStep; step++) {
            double rate = planned(peak, step);
            learned += rate;
            double floor = 3.02 + (tooHigh ? 0.16 : 0);
            double level = floor + 1.72 * Math.exp(-learned / 1.6e-3);
            double apart = tooHigh && step > 395 ? Math.pow((step - 395) / 20.0, 3) * 0.6 : 0;
            double loss = level + apart + random.nextGaussian() * 0.13;
            double norm = Math.exp(random.nextGaussian() * 0.22) * (0.9 + level / 6) + apart * 9;
            if (tooHigh && step == 398) {
                events.add(new SkipEvent(step, "the loss is not finite (Infinity); the batch was passed over"));
                continue;
            }
            Map<String, Double> rates = new LinkedHashMap<>();
            rates.put("decay", rate);
            rates.put("no_decay", rate);
            double seconds = 0.31 + random.nextDouble() * 0.03;
            events.add(new StepEvent(step, loss, rates, norm, 497, seconds, 497 / seconds, step / 240.0));
            if (step % 100 == 0) {
                events.add(eval(step, level + 0.05 + (step > 400 ? (step - 400) * 1e-4 : 0), random));
                events.add(new SaveEvent(step, "checkpoints/step-000" + step));
                addSamples(samples, step, peak);
            }
        }
        if (name.startsWith("dialogue")) {
            events.add(new NoteEvent(200, "resumed from checkpoints/step-000200"));
        }
        RunResult.Status status = lastStep == STEPS
                ? RunResult.Status.FINISHED
                : tooHigh ? RunResult.Status.STOPPED : RunResult.Status.INTERRUPTED;
        String reason = status == RunResult.Status.FINISHED ? "all 600 planned updates were made" : "";
        if (tooHigh) {
            reason = "grad-norm: the norm 53.1 was above 50 at step 431, three updates in a row";
            events.add(new VerdictEvent(
                    431,
                    "grad-norm",
                    "stop",
                    "the norm 53.1 was above 50, three updates in a row; last good: step 400"));
        }
        Map<String, Double> finals = Map.of("seconds", lastStep * 0.325 + 60);
        RunResult result = new RunResult(
                status, lastStep, new RunResult.Best(400, "loss", 3.1, "checkpoints/step-000400"), finals, reason);
        return new ReportRun(
                name,
                plan,
                events,
                samples,
                ledger(peak),
                warnings(peak),
                environment(),
                result,
                1.5,
                List.of(),
                otherProfile());
    }

    /** A run that a guard stopped at step 300 and that went back to step 200, twice; the first branch ends it. */
    static ReportData recovery() {
        ReportRun first = run("dialogue-6e-5", 4e-5, 300, 5);
        List<RunEvent> events = new ArrayList<>(first.events());
        events.removeIf(event -> event instanceof NoteEvent);
        events.add(
                new VerdictEvent(300, "early-stop", "recover", "rouge-l was not better for 2 evaluations: 24.1, 24.0"));
        events.add(new BranchEvent(200, "recovery-1", "main", 0.5, "back to step 200 with half the rate"));
        branch(events, 0.5, 450, 6);
        events.add(new BranchEvent(200, "recovery-2", "main", 0.25, "back to step 200 with a quarter of the rate"));
        branch(events, 0.25, STEPS, 7);
        ReportRun run = new ReportRun(
                "dialogue-6e-5",
                first.planned(),
                events,
                first.samples(),
                first.ledger(),
                List.of(),
                first.environment(),
                new RunResult(
                        RunResult.Status.FINISHED, STEPS, null, Map.of("seconds", 300.0), "all updates were made"),
                1.5,
                List.of(new BilingualText(
                        "Plateau (confidence 0.8): rouge-l stood at 24.1 from step 200 to 300. Halve the peak to 2e-5 and "
                                + "resume from step 200.",
                        "停滞（置信度 0.8）：rouge-l 在第 200 至 300 步停在 24.1。建议将峰值减半至 2e-5，从第 200 步恢复。")),
                otherProfile());
        return new ReportData("dialogue-6e-5", BilingualText.NONE, List.of(run));
    }

    private static void branch(List<RunEvent> events, double factor, int to, long seed) {
        Random random = new Random(seed);
        for (int step = 201; step <= to; step++) {
            double rate = planned(4e-5, step) * factor;
            double level = 3.25 - 0.2 * (1 - Math.exp(-(step - 200) / 120.0)) * (1.5 - factor);
            Map<String, Double> rates = new LinkedHashMap<>();
            rates.put("decay", rate);
            rates.put("no_decay", rate);
            double norm = Math.exp(random.nextGaussian() * 0.22) * 1.3;
            double loss = level + random.nextGaussian() * 0.13;
            events.add(new StepEvent(step, loss, rates, norm, 497, 0.3, 1600, step / 240.0));
            if (step % 100 == 0) {
                events.add(eval(step, level + 0.02, random));
            }
        }
    }

    private static OtherProfile otherProfile() {
        return new OtherProfile(
                "evidence",
                List.of(
                        new LedgerEntry("lr: recipe", "1e-5", "the baseline"),
                        new LedgerEntry("lr: method", "10", "LoRA takes about ten times the rate of full fine-tuning")),
                List.of(new LedgerEntry("peak", "1e-4 instead of 1e-5", "method 10 instead of 1")),
                "");
    }

    private static EvalEvent eval(int step, double loss, Random random) {
        Map<String, Double> scores = new LinkedHashMap<>();
        double share = Math.max(0, (4.75 - loss) / 1.7);
        scores.put("rouge-1", 9 + 23 * share + random.nextDouble());
        scores.put("rouge-2", 1 + 6 * share + random.nextDouble() * 0.4);
        scores.put("rouge-l", 7 + 17 * share + random.nextDouble());
        scores.put("bleu-4", 0.004 + 0.029 * share + random.nextDouble() * 0.002);
        return new EvalEvent(step, loss, 3977, scores, 9.5);
    }

    private static void addSamples(List<SampleRecord> samples, int step, double peak) {
        boolean good = step >= 300 && peak < 5e-5;
        samples.add(new SampleRecord(
                step,
                "类型#上衣*材质#棉*颜色#蓝色*风格#简约*图案#条纹*衣样式#衬衫",
                good ? "这款衬衫采用柔软的棉质面料，亲肤透气。蓝色条纹简洁大方，日常搭配毫不费力，穿起来清爽又利落。" : "衬衫衬衫的的蓝色，蓝色的条纹条纹，很好很好。",
                "选用透气的棉料制成，贴身穿着舒适自在；蓝白相间的条纹带来清新的简约气息，上班或出游都合适。",
                Map.of("rouge-1", good ? 34.2 : 11.8, "bleu-4", good ? 0.041 : 0.003)));
        samples.add(new SampleRecord(
                step,
                "Label the review as positive or negative: \"The hinge broke after two days.\"",
                step >= 200 ? "negative" : "",
                "negative",
                Map.of()));
    }

    private static List<LedgerEntry> ledger(double peak) {
        return List.of(
                new LedgerEntry("peak rate", Numbers.scientific(peak), "given by --lr; no factor touches a given rate"),
                new LedgerEntry("schedule", "cosine to 0.1 of the peak", "the recipe of the task 'dialogue'"),
                new LedgerEntry("warm-up", "48 updates", "8 % of 600, rounded"),
                new LedgerEntry("updates", "600", "2.5 epochs of 1,920 rows in batches of 8"),
                new LedgerEntry("weight decay", "0.1", "on matrices; none on 57 biases and norms"),
                new LedgerEntry("trainable parameters", "1,949,696", "LoRA of rank 8 on query_key_value, 28 layers"));
    }

    private static List<String> warnings(double peak) {
        return peak > 5e-5
                ? List.of("the rate 6e-5 is above the cap of this method (5e-5) and is used because it was given")
                : List.of();
    }

    private static Map<String, String> environment() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Stride", "0.1.0");
        facts.put("Java", "17");
        facts.put("device", "cpu, 2 threads");
        facts.put("precision", "bf16 compute, fp32 master weights");
        facts.put("seed", "42");
        return facts;
    }
}
