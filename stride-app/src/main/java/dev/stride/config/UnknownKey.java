package dev.stride.config;

import java.util.List;
import java.util.Map;

/** What is said about a key that no knob has. */
final class UnknownKey {
    /** Names that other tools give to the same knob. */
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("learning_rate", "optimizer.lr"),
            Map.entry("lr_scheduler_type", "schedule.name"),
            Map.entry("warmup_steps", "schedule.warmup_steps"),
            Map.entry("warmup_ratio", "schedule.warmup_percent"),
            Map.entry("num_train_epochs", "train.epochs"),
            Map.entry("max_steps", "train.steps"),
            Map.entry("per_device_train_batch_size", "train.micro_batch"),
            Map.entry("per_device_eval_batch_size", "eval.batch"),
            Map.entry("gradient_accumulation_steps", "train.batch"),
            Map.entry("max_grad_norm", "optimizer.clip"),
            Map.entry("adam_epsilon", "optimizer.eps"),
            Map.entry("adam_beta1", "optimizer.beta1"),
            Map.entry("adam_beta2", "optimizer.beta2"),
            Map.entry("lora_alpha", "lora.alpha"),
            Map.entry("lora_dropout", "lora.dropout"),
            Map.entry("lora_r", "lora.rank"),
            Map.entry("lora.r", "lora.rank"),
            Map.entry("target_modules", "lora.targets"),
            Map.entry("train_file", "data.train"),
            Map.entry("val_file", "data.val"),
            Map.entry("output_dir", "output.dir"),
            Map.entry("eval_steps", "train.eval_every"),
            Map.entry("save_steps", "train.save_every"),
            Map.entry("logging_steps", "train.log_every"));

    private UnknownKey() {}

    /** The problem of a key in YAML or {@code --set}. */
    static Problem problem(String path, String given, Origin origin) {
        List<String> keys = Knobs.all().stream()
                .filter(knob -> knob.section().equals(path))
                .map(Knob::key)
                .toList();
        if (!keys.isEmpty()) {
            return new Problem(path, given, "a section with the keys " + String.join(", ", keys), origin.text(), "");
        }
        return new Problem(path, given, "a key of docs/knobs.md", origin.text(), advice(path));
    }

    /** The problem of a flag. */
    static Problem flag(String flag) {
        List<String> flags = Knobs.all().stream().map(Knob::flag).toList();
        String elsewhere = ELSEWHERE.get(flag.replaceFirst("^--", "").replace('-', '_'));
        Knob knob = elsewhere == null ? null : Knobs.byPath(elsewhere);
        String advice = knob == null ? Nearest.advice(flag, flags) : "Here it is " + knob.flag() + ".";
        return new Problem(flag, "an unknown flag", "a flag of docs/knobs.md", "", advice);
    }

    /** The problem of a section in YAML that does not exist. */
    static Problem section(String path, Origin origin) {
        List<String> sections = Knobs.all().stream()
                .map(Knob::section)
                .filter(section -> !section.isEmpty())
                .distinct()
                .toList();
        return new Problem(
                path, "an unknown section", String.join(", ", sections), origin.text(), Nearest.advice(path, sections));
    }

    private static String advice(String path) {
        String last = path.substring(path.lastIndexOf('.') + 1);
        String elsewhere = ELSEWHERE.getOrDefault(path, ELSEWHERE.get(last));
        if (elsewhere != null) {
            return "Here it is " + elsewhere + ".";
        }
        String near = Nearest.advice(path, Knobs.all().stream().map(Knob::path).toList());
        if (!near.isEmpty()) {
            return near;
        }
        return Knobs.all().stream()
                .filter(knob -> Nearest.distance(last, knob.key()) <= 1)
                .findFirst()
                .map(knob -> "Did you mean " + knob.path() + "?")
                .orElse("");
    }
}
