package dev.stride.recipe;

import dev.stride.config.LoraConfig;
import dev.stride.config.Numbers;
import dev.stride.config.OptimizerConfig;
import dev.stride.config.Task;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The plan for a terminal: labels on the left, each number with its reason, no line wider than it must be. */
final class PlanText {
    private static final int LABEL = 12;
    private static final int WIDTH = 100;

    private final RunPlan plan;
    private final StringBuilder text = new StringBuilder();

    PlanText(RunPlan plan) {
        this.plan = plan;
    }

    String toText() {
        Task task = plan.config().task();
        line(
                "task",
                task == null ? "not given" : task.word() + " (" + plan.config().origin("task") + ")");
        data();
        line(
                "updates",
                Numbers.count(plan.updates().value()) + ": " + plan.updates().reason());
        line("batch", plan.batch().value() + " rows an update: " + plan.batch().reason());
        line(
                "pass",
                "at most " + Numbers.count(plan.passTokens().value()) + " tokens: "
                        + plan.passTokens().reason());
        rate();
        schedule();
        tuning();
        optimizer();
        line(
                "precision",
                plan.precision().value().word() + " on " + plan.machine().device() + ": "
                        + plan.precision().reason());
        memory();
        paragraphs("guard", plan.guards());
        paragraphs("note", plan.notes());
        paragraphs("warning", plan.warnings());
        return text.toString();
    }

    private void data() {
        DataFacts data = plan.data();
        line(
                "data",
                Numbers.count(data.rows()) + " rows, " + Numbers.count(data.tokens()) + " tokens ("
                        + Math.round((double) data.tokens() / data.rows()) + " a row, longest " + data.longest() + "), "
                        + Numbers.count(data.trainedTokens()) + " trained");
        line(
                "length",
                plan.maxTokens().value() + " tokens at most: "
                        + plan.maxTokens().reason());
    }

    private void rate() {
        line("rate", "peak " + Numbers.text(plan.peak()));
        List<Factor> factors = plan.ledger().factors();
        for (int i = 0; i < factors.size(); i++) {
            Factor factor = factors.get(i);
            String number = (i == 0 ? "  " : "x ") + Numbers.text(factor.value());
            line("", String.format(Locale.ROOT, "  %-13s %-7s %s", number, factor.name(), factor.reason()));
        }
    }

    private void schedule() {
        String warmup =
                Objects.requireNonNull(plan.config().schedule().warmup()).toString();
        line(
                "schedule",
                plan.schedule().shape() + ", form " + plan.schedule().form().word() + " ("
                        + plan.config().origin("schedule.name") + ")");
        line(
                "warm-up",
                Numbers.count(plan.schedule().warmup()) + " updates"
                        + (warmup.endsWith("%") ? " = " + warmup : "") + " ("
                        + plan.config().origin("schedule.warmup")
                        + "); first update " + Numbers.text(plan.schedule().at(1)) + ", last "
                        + Numbers.text(plan.schedule().at(plan.schedule().steps())));
        plan.schedule().draw(70, 6).lines().forEach(row -> line("", row));
    }

    private void tuning() {
        long trainable = plan.trainable();
        long all = plan.model().parameters();
        String counts = Numbers.count(trainable) + " of " + Numbers.count(all) + " parameters";
        if (plan.config().tuning() instanceof LoraConfig lora) {
            line(
                    "trains",
                    "LoRA: " + counts + " (" + Numbers.text(100.0 * trainable / all) + " %), on "
                            + String.join(", ", lora.targets()));
            line(
                    "",
                    "rank " + lora.rank() + ", scale " + Numbers.text(lora.scale()) + "; peak rate x scale = "
                            + Numbers.text(plan.peak() * lora.scale()));
        } else {
            line("trains", "full: " + counts);
        }
    }

    private void optimizer() {
        OptimizerConfig optimizer = plan.config().optimizer();
        line(
                "optimizer",
                "AdamW, betas " + Numbers.text(optimizer.beta1()) + " and "
                        + Numbers.text(optimizer.beta2()) + ", eps " + Numbers.text(optimizer.eps()) + ", weight decay "
                        + Numbers.text(optimizer.weightDecay()) + " on matrices, "
                        + (optimizer.clip() == 0 ? "no clipping" : "clip at norm " + Numbers.text(optimizer.clip())));
    }

    private void memory() {
        long total = plan.memory().total();
        line(
                "memory",
                "about " + Numbers.bytes(total) + " of "
                        + Numbers.bytes(plan.machine().memoryBytes()) + " (estimated)");
        for (MemoryPart part : plan.memory().parts()) {
            line(
                    "",
                    String.format(
                            Locale.ROOT, "  %9s  %-11s %s", Numbers.bytes(part.bytes()), part.name(), part.reason()));
        }
    }

    private void paragraphs(String label, List<String> sentences) {
        for (String sentence : sentences) {
            String head = label;
            StringBuilder row = new StringBuilder();
            for (String word : sentence.split(" ")) {
                if (row.length() + word.length() + 1 > WIDTH - LABEL) {
                    line(head, row.toString());
                    head = "";
                    row.setLength(0);
                }
                row.append(row.length() == 0 ? "" : " ").append(word);
            }
            line(head, row.toString());
        }
    }

    private void line(String label, String value) {
        text.append(String.format(Locale.ROOT, "%-" + LABEL + "s%s", label, value)
                        .stripTrailing())
                .append('\n');
    }
}
