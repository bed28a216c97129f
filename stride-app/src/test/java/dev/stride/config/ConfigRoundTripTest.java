package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration written as YAML and read back is the same, whatever was given. */
class ConfigRoundTripTest {
    @TempDir
    Path folder;

    /** Allowed values that are not the default, for every knob; several where one alone would hide a mistake. */
    private static final Map<String, List<String>> VALUES = Map.ofEntries(
            Map.entry("model.path", List.of("models/chatglm3-6b", "a b: c #d", "C:\\models\\\"x\"", "模型/三")),
            Map.entry("model.family", List.of("chatglm2", "chatglm3")),
            Map.entry("model.adapter", List.of("runs/a")),
            Map.entry("model.init_adapter", List.of("runs/b", "null", "- x", "on")),
            Map.entry("data.train", List.of("a.jsonl", "b.jsonl:0.123456789", "x, y.jsonl")),
            Map.entry("data.val", List.of("v.jsonl", "w [1].jsonl")),
            Map.entry("data.format", List.of("columns", "auto")),
            Map.entry("data.columns", List.of("prompt=content,response=summary", "text=文 本: x")),
            Map.entry("data.skip_bad", List.of("on")),
            Map.entry("data.limit", List.of("100")),
            Map.entry("data.val_limit", List.of("1e2")),
            Map.entry("data.label_rule", List.of("demo")),
            Map.entry("data.truncation", List.of("right")),
            Map.entry("data.max_input_length", List.of("64")),
            Map.entry("data.max_output_length", List.of("65")),
            Map.entry("data.max_length", List.of("100")),
            Map.entry("data.packing", List.of("off")),
            Map.entry("data.shuffle", List.of("off")),
            Map.entry("task", List.of("classification", "dialogue", "code")),
            Map.entry("method", List.of("full")),
            Map.entry("lora.rank", List.of("16")),
            Map.entry("lora.alpha", List.of("16.5")),
            Map.entry("lora.dropout", List.of("0")),
            Map.entry("lora.targets", List.of("all", "dense,dense_4h_to_h")),
            Map.entry("lora.rslora", List.of("on")),
            Map.entry("lora.plus_ratio", List.of("16")),
            Map.entry("optimizer.lr", List.of("2E-05")),
            Map.entry("optimizer.weight_decay", List.of("0")),
            Map.entry("optimizer.beta1", List.of("0.8")),
            Map.entry("optimizer.beta2", List.of("0.95")),
            Map.entry("optimizer.eps", List.of("1e-6")),
            Map.entry("optimizer.clip", List.of("0")),
            Map.entry("optimizer.layer_decay", List.of("0.95")),
            Map.entry("optimizer.groups", List.of("*.mlp.*=0.5", "a=1e-1,*dense*=2")),
            Map.entry(
                    "schedule.name",
                    List.of(
                            "linear",
                            "cosine",
                            "polynomial",
                            "wsd",
                            "constant",
                            "cosine-restarts",
                            "one-cycle",
                            "rex")),
            Map.entry("schedule.form", List.of("hf", "torch")),
            Map.entry("schedule.warmup", List.of("8%", "60")),
            Map.entry("schedule.warmup_steps", List.of("61")),
            Map.entry("schedule.warmup_percent", List.of("9", "0.5%", "12.5 %")),
            Map.entry("schedule.warmup_slope", List.of("1e-6", "2.5e-7")),
            Map.entry("schedule.min_lr", List.of("1e-6")),
            Map.entry("schedule.power", List.of("2")),
            Map.entry("schedule.cycles", List.of("2")),
            Map.entry("schedule.cycle_length", List.of("100", "25%")),
            Map.entry("schedule.cycle_growth", List.of("2")),
            Map.entry("schedule.warmup_start", List.of("0.01")),
            Map.entry("schedule.wsd_decay", List.of("10%", "100")),
            Map.entry("schedule.wsd_shape", List.of("linear")),
            Map.entry("schedule.wsd_warmup", List.of("cosine")),
            Map.entry("schedule.rex_alpha", List.of("0.5")),
            Map.entry("schedule.plateau_factor", List.of("0.7")),
            Map.entry("schedule.plateau_patience", List.of("3")),
            Map.entry("schedule.plateau_threshold", List.of("0")),
            Map.entry("schedule.plateau_convention", List.of("keras")),
            Map.entry("train.epochs", List.of("2.5")),
            Map.entry("train.steps", List.of("300")),
            Map.entry("train.batch", List.of("4")),
            Map.entry("train.micro_batch", List.of("2")),
            Map.entry("train.token_budget", List.of("4096")),
            Map.entry("train.seed", List.of("7")),
            Map.entry("train.precision", List.of("fp32", "bf16")),
            Map.entry("train.device", List.of("cpu", "cuda:1")),
            Map.entry("train.recompute", List.of("on")),
            Map.entry("train.zero", List.of("on")),
            Map.entry("train.log_every", List.of("10")),
            Map.entry("train.eval_every", List.of("500")),
            Map.entry("train.save_every", List.of("501")),
            Map.entry("train.keep_last", List.of("1")),
            Map.entry("train.keep_best", List.of("off")),
            Map.entry("train.threads", List.of("2")),
            Map.entry("train.self_test", List.of("on", "off")),
            Map.entry("find.steps", List.of("50")),
            Map.entry("find.low", List.of("1e-6")),
            Map.entry("find.high", List.of("10")),
            Map.entry("sweep.vary", List.of("lora-rank", "data")),
            Map.entry("sweep.lrs", List.of("1e-4,3e-4", "2e-5")),
            Map.entry("sweep.values", List.of("4,8", "512")),
            Map.entry("sweep.seeds", List.of("3")),
            Map.entry("sweep.grow", List.of("off")),
            Map.entry("sweep.max_rates", List.of("5")),
            Map.entry("sweep.prune", List.of("off", "median")),
            Map.entry("sweep.together", List.of("1")),
            Map.entry("sweep.fork", List.of("on")),
            Map.entry("sweep.trunk", List.of("on")),
            Map.entry("sweep.metric", List.of("rouge-l")),
            Map.entry("sweep.weights", List.of("bleu-4=0.5,people=0.5")),
            Map.entry("eval.generate_rows", List.of("0")),
            Map.entry("eval.max_new_tokens", List.of("64")),
            Map.entry("eval.batch", List.of("4")),
            Map.entry("output.dir", List.of("runs/x")),
            Map.entry("output.resume", List.of("runs/x")),
            Map.entry("plan.profile", List.of("evidence")),
            Map.entry("plan.scaling", List.of("sqrt", "none")),
            Map.entry("plan.hardware", List.of("v100", "h100")),
            Map.entry("plan.hardware_factor", List.of("off")),
            Map.entry("plan.ranks", List.of("4")),
            Map.entry("watch.guards", List.of("loss-jump=off", "all=off,grad-norm=on", "grad-norm-z=on")),
            Map.entry("watch.patience", List.of("3")),
            Map.entry("watch.metric", List.of("rouge-l", "loss", "bleu-4")),
            Map.entry("watch.max_recoveries", List.of("0")));

    @Test
    void values_coverEveryKnob() {
        assertThat(VALUES.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Knobs.all().stream().map(Knob::path).toList());
    }

    /** Each knob alone, with what it needs beside it, changes the configuration: none is silent. */
    @Test
    void read_eachKnobAtAnotherValue_changesTheConfiguration() {
        int seen = 0;
        for (Knob knob : Knobs.all()) {
            Map<String, String> needs = needs(knob.path());
            RunConfig without = read(needs, null, null);
            String value = texts(knob).get(0);
            RunConfig with = read(needs, knob, value);
            assertThat(values(with)).as("%s=%s", knob.path(), value).isNotEqualTo(values(without));
            // however the warm-up is written, it is read at one place
            String place =
                    List.of("schedule.warmup_steps", "schedule.warmup_percent").contains(knob.path())
                            ? "schedule.warmup"
                            : knob.path();
            assertThat(with.isGiven(place)).isTrue();
            seen++;
        }
        assertThat(seen).isEqualTo(Knobs.all().size());
    }

    @Test
    void toYaml_anyConfiguration_readsBackToTheSame() throws IOException {
        Random random = new Random(5);
        int compared = 0;
        while (compared < 300) {
            RunConfig config = random(random);
            if (config == null) {
                continue;
            }
            assertThat(values(reread(config.toYaml()))).as(config.toYaml()).isEqualTo(values(config));
            assertThat(values(reread(config.toFullYaml())))
                    .as(config.toFullYaml())
                    .isEqualTo(values(config));
            compared++;
        }
    }

    @Test
    void toPlacedYaml_relativeFiles_areAbsoluteWithTheirWeights() throws IOException {
        RunConfig config = ConfigReader.read(
                null,
                Map.of(
                        "--model",
                        List.of("m"),
                        "--data",
                        List.of("a.jsonl", "sub/../b.jsonl:0.25"),
                        "--val",
                        List.of("v")),
                List.of());
        RunConfig again = reread(config.toPlacedYaml());
        assertThat(again.model().path()).isEqualTo(Path.of("m").toAbsolutePath());
        assertThat(again.data().train())
                .containsExactly(
                        new DataSource(Path.of("a.jsonl").toAbsolutePath(), 1),
                        new DataSource(Path.of("b.jsonl").toAbsolutePath(), 0.25));
        assertThat(config.toPlacedYaml()).contains(Path.of("v").toAbsolutePath().toString());
    }

    @Test
    void toYaml_nothingGiven_isEmptyAndFullIsEveryKnob() {
        RunConfig config = ConfigReader.read(null, Map.of(), List.of());
        assertThat(config.toYaml()).isEmpty();
        String full = config.toFullYaml();
        for (Knob knob : Knobs.all()) {
            assertThat(full).containsPattern("(?m)^[# ]*" + knob.key() + ":");
        }
        assertThat(full).contains("  clip: 1.0  # default\n").contains("  # lr: planned from task and batch\n");
    }

    private @Nullable RunConfig random(Random random) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (Knob knob : Knobs.all()) {
            List<String> values = texts(knob);
            if (random.nextInt(4) == 0) {
                flags.put(knob.flag(), List.of(values.get(random.nextInt(values.size()))));
            }
        }
        // knobs that do not go together are taken out until the rest does
        for (int tries = 0; tries < 20; tries++) {
            try {
                return ConfigReader.read(null, flags, List.of());
            } catch (UserException e) {
                for (Problem problem : e.problems()) {
                    flags.remove(Objects.requireNonNull(Knobs.byPath(problem.where()), problem.toLine())
                            .flag());
                }
            }
        }
        return null;
    }

    private static RunConfig read(Map<String, String> needs, @Nullable Knob knob, @Nullable String value) {
        List<String> sets = new ArrayList<>();
        needs.forEach((path, text) -> sets.add(path + "=" + text));
        if (knob != null) {
            sets.removeIf(set -> set.startsWith(knob.path() + "="));
            sets.add(knob.path() + "=" + value);
        }
        return ConfigReader.read(null, Map.of(), sets);
    }

    private static List<String> texts(Knob knob) {
        return Objects.requireNonNull(VALUES.get(knob.path()), knob.path());
    }

    private static Map<String, String> needs(String path) {
        return switch (path) {
            case "data.val_limit",
                    "train.eval_every",
                    "train.keep_best",
                    "eval.generate_rows",
                    "watch.patience",
                    "watch.metric",
                    "watch.max_recoveries" -> Map.of("data.val", "v.jsonl");
            case "schedule.power" -> Map.of("schedule.name", "polynomial");
            case "schedule.wsd_decay", "schedule.wsd_shape" -> Map.of("schedule.name", "wsd");
            case "schedule.wsd_warmup" -> Map.of("schedule.name", "wsd", "schedule.form", "hf");
            case "schedule.cycles" -> Map.of("schedule.name", "cosine-restarts");
            case "schedule.cycle_length" -> Map.of("schedule.name", "cosine-restarts", "schedule.form", "torch");
            case "schedule.cycle_growth" ->
                Map.of("schedule.name", "cosine-restarts", "schedule.form", "torch", "schedule.cycle_length", "25%");
            case "schedule.warmup_start" -> Map.of("schedule.name", "one-cycle");
            case "schedule.rex_alpha" -> Map.of("schedule.name", "rex");
            case "schedule.plateau_factor",
                    "schedule.plateau_patience",
                    "schedule.plateau_threshold",
                    "schedule.plateau_convention" -> Map.of("schedule.name", "plateau", "data.val", "v.jsonl");
            case "sweep.values" -> Map.of("sweep.vary", "lora-rank");
            default -> Map.of();
        };
    }

    private RunConfig reread(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
        return ConfigReader.read(file, Map.of(), List.of());
    }

    /** The sections without their origins. */
    private static List<@Nullable Object> values(RunConfig config) {
        List<@Nullable Object> values = new ArrayList<>();
        values.add(config.model());
        values.add(config.data());
        values.add(config.task());
        values.add(config.tuning());
        values.add(config.optimizer());
        values.add(config.schedule());
        values.add(config.train());
        values.add(config.eval());
        values.add(config.find());
        values.add(config.sweep());
        values.add(config.output());
        values.add(config.plan());
        values.add(config.watch());
        return values;
    }
}
