package dev.stride.recipe;

import dev.stride.config.LoraConfig;
import dev.stride.config.Numbers;
import dev.stride.config.Task;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/** The plan for a terminal: labels on the left, each number with its reason, no line wider than it must be. */
final class PlanText {
    private static final int LABEL = 12;
    private static final int WIDTH = 100;
    private static final int MOST_GROUPS = 12;
    private static final int GROUP = 22;

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
        line(
                "tokens",
                "about " + Numbers.count(plan.tokens()) + " in all, "
                        + Numbers.count(Math.round(plan.data().trainedTokens() * plan.epochs())) + " trained");
        line("batch", plan.batch().value() + " rows an update: " + plan.batch().reason());
        line(
                "pass",
                "at most " + Numbers.count(plan.passTokens().value()) + " tokens: "
                        + plan.passTokens().reason());
        rate();
        groups();
        schedule();
        tuning();
        optimizer();
        paragraphs("moved", List.of(moved()));
        line(
                "precision",
                plan.precision().value().word() + " on " + plan.machine().device() + ": "
                        + plan.precision().reason());
        memory();
        paragraphs("guard", plan.guards());
        paragraphs(
                "profile",
                List.of(plan.config().plan().profile().word() + " ("
                        + plan.config().origin("plan.profile") + ")"));
        other();
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
        factors(plan.ledger().factors(), true);
        factors(List.of(plan.noRecovery()), false);
    }

    private void factors(List<Factor> factors, boolean fromRate) {
        for (int i = 0; i < factors.size(); i++) {
            rows(factors.get(i), !fromRate || i > 0).forEach(row -> line("", row));
        }
    }

    /** A factor and its sentence, in as many rows as that takes. */
    private static List<String> rows(Factor factor, boolean times) {
        List<String> rows = new ArrayList<>();
        String number = (times ? "x " : "  ") + Numbers.text(factor.value());
        String head = String.format(Locale.ROOT, "  %-13s %-9s ", number, factor.name());
        for (String row : wrapped(factor.reason(), WIDTH - head.length())) {
            rows.add(head + row);
            head = " ".repeat(head.length());
        }
        return rows;
    }

    /** The ledger of the other profile, and what it would choose otherwise. */
    private void other() {
        OtherProfile other = plan.other();
        paragraphs(other.profile().word(), List.of(other.headline()));
        if (other.choices() != null) {
            factors(other.choices().ledger().factors(), true);
            factors(List.of(plan.noRecovery()), false);
        }
        other.sentences().forEach(sentence -> paragraphs("", List.of(sentence)));
    }

    /** Rates that differ from the schedule's, each with its factors. */
    private void groups() {
        List<RateGroup> groups = plan.groups();
        if (groups.stream().allMatch(group -> group.factors().isEmpty())) {
            return;
        }
        line("groups", groups.size() + ", each with a rate of its own; peak of each:");
        int width =
                groups.stream().mapToInt(group -> group.name().length()).max().orElse(0);
        List<List<String>> rows = new ArrayList<>();
        Set<Factor> factors = new LinkedHashSet<>();
        for (RateGroup group : groups) {
            StringBuilder row = new StringBuilder(String.format(
                    Locale.ROOT,
                    "  %-" + Math.max(width, GROUP) + "s %-11s",
                    group.name(),
                    Numbers.text(group.rate(plan.peak(), 1))));
            for (Factor factor : group.factors()) {
                row.append(" x ").append(factor.name()).append(' ').append(Numbers.text(factor.value()));
            }
            rows.add(List.of(row.toString()));
            factors.addAll(group.factors());
        }
        shortened(rows);
        shortened(factors.stream().map(factor -> rows(factor, true)).toList());
    }

    /** The first and the last of many entries, each of which has one row or several. */
    private void shortened(List<List<String>> entries) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.size() > MOST_GROUPS && i == MOST_GROUPS / 2) {
                int left = entries.size() - MOST_GROUPS;
                line("", "  ... " + left + " more, which stride plan --json lists");
                i += left;
            }
            entries.get(i).forEach(row -> line("", row));
        }
    }

    private void schedule() {
        Double slope = plan.config().schedule().warmupSlope();
        String warmup = slope == null
                ? Objects.requireNonNull(plan.config().schedule().warmup()).toString()
                : "";
        line(
                "schedule",
                plan.schedule().shape() + ", form " + plan.schedule().form().word() + " ("
                        + plan.config().origin("schedule.name") + ")");
        line(
                "warm-up",
                Numbers.count(plan.schedule().warmup()) + " updates"
                        + (slope != null ? " at " + Numbers.text(slope) + " an update" : "")
                        + (warmup.endsWith("%") ? " = " + warmup : "") + " ("
                        + plan.config().origin(slope == null ? "schedule.warmup" : "schedule.warmup_slope")
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
        OptimizerPlan optimizer = plan.optimizer();
        line("optimizer", "AdamW, beta1 " + Numbers.text(optimizer.beta1()) + ", eps " + Numbers.text(optimizer.eps()));
        number("beta2", optimizer.beta2());
        number("weight decay", optimizer.weightDecay());
        number("clip", optimizer.clip());
    }

    private void number(String name, Reasoned<Double> number) {
        boolean off = name.equals("clip") && number.value() == 0;
        line(
                "",
                String.format(
                        Locale.ROOT,
                        "  %-13s %-9s %s",
                        name,
                        off ? "off" : Numbers.digits(number.value()),
                        number.reason()));
    }

    private String moved() {
        return "about " + share(MovedShare.Format.FP32) + " of what trains changes in an update at the peak, since its"
                + " masters are stored in fp32. Stored in bf16 alone it would be " + share(MovedShare.Format.BF16)
                + ", in fp16 alone " + share(MovedShare.Format.FP16) + " (updates of 0.23 x rate, weights of spread "
                + Numbers.text(MovedShare.SIGMA) + "); below " + Numbers.text(MovedShare.SAFE_16_BIT_RATE)
                + " such storage loses most updates and is not offered.";
    }

    private String share(MovedShare.Format format) {
        return Numbers.text(Math.round(1000 * plan.movedShare(format)) / 10.0) + " %";
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
        String head = label;
        for (String sentence : sentences) {
            for (String row : wrapped(sentence, WIDTH - LABEL)) {
                line(head, row);
                head = "";
            }
            head = label;
        }
    }

    private static List<String> wrapped(String sentence, int width) {
        List<String> rows = new ArrayList<>();
        StringBuilder row = new StringBuilder();
        for (String word : sentence.split(" ")) {
            if (row.length() > 0 && row.length() + word.length() + 1 > width) {
                rows.add(row.toString());
                row.setLength(0);
            }
            row.append(row.length() == 0 ? "" : " ").append(word);
        }
        rows.add(row.toString());
        return rows;
    }

    private void line(String label, String value) {
        text.append(String.format(Locale.ROOT, "%-" + LABEL + "s%s", label, value)
                        .stripTrailing())
                .append('\n');
    }
}
