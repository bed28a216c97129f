package dev.stride.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns checked settings into the records of the sections. */
final class Sections {
    private final Settings settings;

    private Sections(Settings settings) {
        this.settings = settings;
    }

    static RunConfig of(Settings settings) {
        return new Sections(settings).config();
    }

    private RunConfig config() {
        return new RunConfig(
                new ModelConfig(
                        optional("model.path", Path.class),
                        required("model.family", ModelFamily.class),
                        optional("model.adapter", Path.class),
                        optional("model.init_adapter", Path.class)),
                data(),
                optional("task", Task.class),
                tuning(),
                new OptimizerConfig(
                        optional("optimizer.lr", Double.class),
                        number("optimizer.weight_decay"),
                        number("optimizer.beta1"),
                        number("optimizer.beta2"),
                        number("optimizer.eps"),
                        number("optimizer.clip"),
                        optional("optimizer.layer_decay", Double.class),
                        list("optimizer.groups", GroupFactor.class)),
                new ScheduleConfig(
                        optional("schedule.name", ScheduleName.class),
                        required("schedule.form", ScheduleForm.class),
                        optional("schedule.warmup", Share.class),
                        optional("schedule.warmup_slope", Double.class),
                        optional("schedule.min_lr", Double.class),
                        number("schedule.power"),
                        whole("schedule.cycles"),
                        optional("schedule.cycle_length", Share.class),
                        whole("schedule.cycle_growth"),
                        optional("schedule.warmup_start", Double.class),
                        required("schedule.wsd_decay", Share.class),
                        required("schedule.wsd_shape", RampShape.class),
                        required("schedule.wsd_warmup", RampShape.class),
                        number("schedule.rex_alpha"),
                        plateau()),
                train(),
                new EvalConfig(whole("eval.generate_rows"), whole("eval.max_new_tokens"), whole("eval.batch")),
                new FindConfig(whole("find.steps"), number("find.low"), number("find.high")),
                sweep(),
                new OutputConfig(optional("output.dir", Path.class), optional("output.resume", Path.class)),
                new PlanConfig(
                        required("plan.profile", RuleProfile.class),
                        required("plan.scaling", ScalingRule.class),
                        required("plan.hardware", HardwareChoice.class),
                        on("plan.hardware_factor"),
                        whole("plan.ranks")),
                new WatchConfig(
                        list("watch.guards", GuardSwitch.class),
                        whole("watch.patience"),
                        optional("watch.metric", StopMetric.class),
                        whole("watch.max_recoveries")),
                settings.byPath());
    }

    private SweepConfig sweep() {
        return new SweepConfig(
                required("sweep.vary", SweptSetting.class),
                list("sweep.lrs", Double.class),
                list("sweep.values", String.class),
                whole("sweep.seeds"),
                on("sweep.grow"),
                whole("sweep.max_rates"),
                required("sweep.prune", PruneRule.class),
                whole("sweep.together"),
                on("sweep.fork"),
                on("sweep.trunk"),
                required("sweep.metric", StopMetric.class),
                list("sweep.weights", MetricWeight.class));
    }

    private PlateauConfig plateau() {
        return new PlateauConfig(
                number("schedule.plateau_factor"),
                whole("schedule.plateau_patience"),
                number("schedule.plateau_threshold"),
                required("schedule.plateau_convention", PlateauConvention.class));
    }

    private DataConfig data() {
        return new DataConfig(
                list("data.train", DataSource.class),
                list("data.val", DataSource.class).stream()
                        .map(DataSource::path)
                        .toList(),
                required("data.format", DataFormat.class),
                columns(),
                on("data.skip_bad"),
                optionalWhole("data.limit"),
                optionalWhole("data.val_limit"),
                required("data.label_rule", TrainedRoles.class),
                required("data.truncation", TruncationRule.class),
                whole("data.max_input_length"),
                whole("data.max_output_length"),
                optionalWhole("data.max_length"),
                on("data.packing"),
                on("data.shuffle"));
    }

    private TuningConfig tuning() {
        return switch (required("method", Method.class)) {
            case FULL -> new FullConfig();
            case LORA ->
                new LoraConfig(
                        whole("lora.rank"),
                        number("lora.alpha"),
                        number("lora.dropout"),
                        list("lora.targets", String.class),
                        on("lora.rslora"),
                        optional("lora.plus_ratio", Double.class));
        };
    }

    private TrainConfig train() {
        return new TrainConfig(
                optional("train.epochs", Double.class),
                optional("train.steps", Long.class),
                optionalWhole("train.batch"),
                optionalWhole("train.micro_batch"),
                optionalWhole("train.token_budget"),
                required("train.seed", Long.class),
                required("train.precision", PrecisionChoice.class),
                required("train.device", DeviceChoice.class),
                on("train.recompute"),
                on("train.zero"),
                whole("train.log_every"),
                required("train.eval_every", Cadence.class),
                required("train.save_every", Cadence.class),
                whole("train.keep_last"),
                on("train.keep_best"),
                optionalWhole("train.threads"),
                required("train.self_test", SelfTestChoice.class));
    }

    private <T> T required(String path, Class<T> type) {
        return type.cast(Objects.requireNonNull(settings.value(path), path));
    }

    private <T> @Nullable T optional(String path, Class<T> type) {
        Object value = settings.value(path);
        return value == null ? null : type.cast(value);
    }

    private <T> List<T> list(String path, Class<T> type) {
        Object value = settings.value(path);
        return value == null
                ? List.of()
                : ((List<?>) value).stream().map(type::cast).toList();
    }

    private Map<String, String> columns() {
        Map<String, String> columns = new java.util.LinkedHashMap<>();
        if (settings.value("data.columns") instanceof Map<?, ?> given) {
            given.forEach((role, column) -> columns.put((String) role, (String) column));
        }
        return columns;
    }

    private double number(String path) {
        return required(path, Double.class);
    }

    private int whole(String path) {
        return Math.toIntExact(required(path, Long.class));
    }

    private @Nullable Integer optionalWhole(String path) {
        Long value = optional(path, Long.class);
        return value == null ? null : (Integer) Math.toIntExact(value);
    }

    private boolean on(String path) {
        return required(path, Boolean.class);
    }
}
