package dev.stride.config;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which knobs have no effect beside the others: a knob that is given and would be ignored is refused. */
final class Use {
    private final Settings settings;
    private final @Nullable ScheduleName schedule;
    private final ScheduleForm form;

    Use(Settings settings) {
        this.settings = settings;
        this.schedule = (ScheduleName) settings.value("schedule.name");
        this.form = word("schedule.form", ScheduleForm.NATIVE);
    }

    /** Adds a problem for every given knob that has no effect, and for every combination that does not exist. */
    void check(List<Problem> problems) {
        for (Setting setting : settings.byPath().values()) {
            String reason =
                    setting.origin().isGiven() ? whyUnused(setting.knob().path()) : null;
            if (reason != null) {
                problems.add(problem(setting, "it would have no effect: " + reason));
            }
        }
        checkForm(problems);
        Setting precision = settings.setting("train.precision");
        if (precision.value() == PrecisionChoice.FP16
                && settings.value("train.device") instanceof DeviceChoice device
                && device.kind() == DeviceChoice.Kind.CPU) {
            problems.add(problem(precision, "fp16 needs CUDA; on a CPU choose bf16 or fp32"));
        }
        if (settings.value("find.low") instanceof Double low
                && settings.value("find.high") instanceof Double high
                && low >= high) {
            problems.add(problem(settings.setting("find.low"), "it must be below find.high, " + Numbers.text(high)));
        }
        Object out = settings.value("output.dir");
        Setting resume = settings.setting("output.resume");
        if (out != null && resume.value() != null && !out.equals(resume.value())) {
            problems.add(problem(resume, "a run goes on in its own folder; leave output.dir out"));
        }
    }

    /** Why a knob has no effect; null if it has one. */
    @Nullable
    String whyUnused(String path) {
        if (path.startsWith("lora.") || path.equals("model.init_adapter")) {
            return word("method", Method.LORA) == Method.LORA ? null : "used by method lora only";
        }
        return switch (path) {
            case "schedule.power" -> onlyWith(ScheduleName.POLYNOMIAL);
            case "schedule.cycles" -> onlyWith(ScheduleName.COSINE_RESTARTS);
            case "schedule.wsd_decay", "schedule.wsd_shape" -> onlyWith(ScheduleName.WSD);
            case "schedule.wsd_warmup" ->
                form == ScheduleForm.HF ? onlyWith(ScheduleName.WSD) : "used by the schedule form hf only";
            case "schedule.warmup_start" ->
                form == ScheduleForm.TORCH ? null : onlyWith(ScheduleName.COSINE_WARMUP_MIN);
            case "schedule.min_lr" -> whyNoFloor();
            case "data.columns" ->
                oneOf("data.format", DataFormat.AUTO, DataFormat.COLUMNS, DataFormat.LABELS, DataFormat.TEXT)
                        ? null
                        : "used by the formats auto, columns, labels and text only";
            case "data.val_limit", "train.eval_every", "train.keep_best", "eval.generate_rows" ->
                settings.value("data.val") == null ? "needs data.val" : null;
            case "train.token_budget" ->
                settings.value("train.micro_batch") == null ? null : "train.micro_batch already fixes the forward pass";
            case "plan.scaling" ->
                settings.value("optimizer.lr") == null || oneOf("plan.scaling", ScalingRule.NONE)
                        ? null
                        : "nothing scales a rate that is given (optimizer.lr)";
            default -> null;
        };
    }

    private void checkForm(List<Problem> problems) {
        if (schedule == null) {
            return;
        }
        boolean fits = switch (schedule) {
            case COSINE, POLYNOMIAL -> true;
            case CONSTANT, LINEAR, INVERSE_SQRT, WSD -> form != ScheduleForm.TORCH;
            case COSINE_RESTARTS, COSINE_WARMUP_MIN -> form == ScheduleForm.HF;
        };
        if (!fits) {
            problems.add(problem(
                    settings.setting("schedule.name"),
                    form == ScheduleForm.TORCH
                            ? "the form torch has cosine and polynomial in this version"
                            : "it is in the form hf only; add --schedule-form hf"));
        }
    }

    private @Nullable String whyNoFloor() {
        if (schedule == ScheduleName.CONSTANT) {
            return "a constant rate has no floor";
        }
        boolean without = switch (form) {
            case NATIVE -> false;
            case HF ->
                schedule == ScheduleName.LINEAR
                        || schedule == ScheduleName.INVERSE_SQRT
                        || schedule == ScheduleName.COSINE_RESTARTS;
            case TORCH -> schedule == ScheduleName.POLYNOMIAL;
        };
        return without && schedule != null ? "the form " + form.word() + " has no floor for " + schedule.word() : null;
    }

    private @Nullable String onlyWith(ScheduleName name) {
        return schedule == name ? null : "used by schedule.name " + name.word() + " only";
    }

    private boolean oneOf(String path, Object... values) {
        return List.of(values).contains(Objects.requireNonNullElse(settings.value(path), ""));
    }

    @SuppressWarnings("unchecked")
    private <W extends Word> W word(String path, W otherwise) {
        // a value that was refused is a problem already; the default lets the other checks go on
        Object value = settings.value(path);
        return value == null ? otherwise : (W) value;
    }

    private static Problem problem(Setting setting, String reason) {
        return new Problem(
                setting.knob().path(),
                setting.text(),
                "",
                setting.origin().text(),
                Character.toUpperCase(reason.charAt(0)) + reason.substring(1));
    }
}
