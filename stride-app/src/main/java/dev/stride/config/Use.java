package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
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
        checkGuards(problems);
        checkMetric(problems);
        checkTwice("sweep.lrs", problems);
        checkTwice("sweep.values", problems);
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
            case "schedule.cycles" ->
                form == ScheduleForm.TORCH
                        ? "the form torch has schedule.cycle_length instead"
                        : onlyWith(ScheduleName.COSINE_RESTARTS);
            case "schedule.cycle_length" -> whyNoCycleLength();
            case "schedule.cycle_growth" ->
                settings.value("schedule.cycle_length") == null
                        ? "without schedule.cycle_length there is one cycle"
                        : whyNoCycleLength();
            case "schedule.rex_alpha" -> onlyWith(ScheduleName.REX);
            case "schedule.plateau_factor",
                    "schedule.plateau_patience",
                    "schedule.plateau_threshold",
                    "schedule.plateau_convention" -> onlyWith(ScheduleName.PLATEAU);
            case "schedule.wsd_decay", "schedule.wsd_shape" -> onlyWith(ScheduleName.WSD);
            case "schedule.wsd_warmup" ->
                form == ScheduleForm.HF ? onlyWith(ScheduleName.WSD) : "used by the schedule form hf only";
            case "schedule.warmup_slope" ->
                form != ScheduleForm.NATIVE
                        ? "used by the schedule form native only"
                        : schedule == ScheduleName.ONE_CYCLE ? "one-cycle rises by a cosine of its own" : null;
            case "schedule.warmup_start" -> whyNoWarmupStart();
            case "schedule.min_lr" -> whyNoFloor();
            case "data.columns" ->
                oneOf("data.format", DataFormat.AUTO, DataFormat.COLUMNS, DataFormat.LABELS, DataFormat.TEXT)
                        ? null
                        : "used by the formats auto, columns, labels and text only";
            case "data.val_limit", "train.eval_every", "train.keep_best", "eval.generate_rows", "watch.metric" ->
                settings.value("data.val") == null ? "needs data.val" : null;
            case "train.token_budget" ->
                settings.value("train.micro_batch") == null ? null : "train.micro_batch already fixes the forward pass";
            case "watch.patience", "watch.max_recoveries" -> whyNoEarlyStop();
            case "plan.scaling" ->
                settings.value("optimizer.lr") == null || oneOf("plan.scaling", ScalingRule.NONE)
                        ? null
                        : "nothing scales a rate that is given (optimizer.lr)";
            case "plan.hardware_factor" ->
                settings.value("optimizer.lr") == null || oneOf("plan.hardware_factor", false)
                        ? null
                        : "nothing multiplies a rate that is given (optimizer.lr)";
            case "plan.ranks" ->
                !settings.isGiven("train.batch") || oneOf("train.zero", true)
                        ? null
                        : "the batch is given (train.batch), and no recipe's is multiplied";
            case "plan.hardware" -> whyNoHardware();
            case "sweep.lrs", "sweep.grow", "sweep.max_rates", "sweep.fork" ->
                oneOf("sweep.vary", SweptSetting.LR) ? null : "the rate does not differ (sweep.vary)";
            case "sweep.values" ->
                oneOf("sweep.vary", SweptSetting.LR)
                        ? "the rates are sweep.lrs; name another setting with sweep.vary"
                        : null;
            case "sweep.together" ->
                word("method", Method.LORA) == Method.LORA ? null : "only LoRA trials can share a base";
            case "sweep.metric" ->
                settings.value("sweep.weights") == null ? null : "the weights decide (sweep.weights)";
            default -> null;
        };
    }

    private void checkForm(List<Problem> problems) {
        if (schedule == null) {
            return;
        }
        if (!form.has(schedule)) {
            List<String> forms = Stream.of(ScheduleForm.values())
                    .filter(other -> other.has(schedule))
                    .map(ScheduleForm::word)
                    .toList();
            problems.add(problem(
                    settings.setting("schedule.name"),
                    "the form " + form.word() + " does not have it; --schedule-form " + String.join(" or ", forms)
                            + " does"));
        }
        if (schedule == ScheduleName.PLATEAU && settings.value("data.val") == null) {
            problems.add(
                    problem(settings.setting("schedule.name"), "it watches validation and needs data.val; add --val"));
        }
    }

    private @Nullable String whyNoWarmupStart() {
        boolean used = form == ScheduleForm.TORCH
                || schedule == ScheduleName.ONE_CYCLE
                || schedule == ScheduleName.COSINE_WARMUP_MIN;
        return used ? null : "used by one-cycle, cosine-warmup-min and the schedule form torch only";
    }

    private @Nullable String whyNoCycleLength() {
        return form == ScheduleForm.TORCH
                ? onlyWith(ScheduleName.COSINE_RESTARTS)
                : "used by the schedule form torch only";
    }

    private void checkGuards(List<Problem> problems) {
        Setting setting = settings.setting("watch.guards");
        List<GuardSwitch> guards = guards();
        for (GuardSwitch given : guards) {
            if (given.on() && guards.contains(new GuardSwitch(given.guard(), false))) {
                String name = given.toString().substring(0, given.toString().indexOf('='));
                problems.add(problem(setting, name + " is turned both on and off"));
            }
            Guard guard = given.guard();
            if (guard != null && !given.on() && !guard.isOptional()) {
                problems.add(problem(setting, guard.word() + " cannot be turned off: no update is made from a NaN"));
            }
            if (guard != null && given.on() && guard.needsValidation() && settings.value("data.val") == null) {
                problems.add(problem(setting, guard.word() + " would have no effect: needs data.val"));
            }
        }
    }

    /** A value that stands twice in a list is a mistake and not a wish. */
    private void checkTwice(String path, List<Problem> problems) {
        Setting setting = settings.setting(path);
        List<Object> seen = new ArrayList<>();
        for (String text : setting.texts()) {
            if (setting.knob().type().parse(text) instanceof List<?> values) {
                for (Object value : values) {
                    if (seen.contains(value)) {
                        String name = value instanceof Double number ? Numbers.text(number) : value.toString();
                        problems.add(problem(setting, name + " is given twice"));
                    }
                    seen.add(value);
                }
            }
        }
    }

    private void checkMetric(List<Problem> problems) {
        Setting setting = settings.setting("watch.metric");
        if (!(setting.value() instanceof StopMetric metric) || settings.value("data.val") == null) {
            return;
        }
        Task task = metric.task();
        if (task != null && task != settings.value("task")) {
            problems.add(problem(setting, "it is measured for the task " + task.word() + " only"));
        }
        if (metric.needsTexts() && Long.valueOf(0).equals(settings.value("eval.generate_rows"))) {
            problems.add(problem(setting, "it is measured on generated texts, and eval.generate_rows is 0"));
        }
    }

    private @Nullable String whyNoEarlyStop() {
        if (settings.value("data.val") == null) {
            return "needs data.val";
        }
        boolean on = new WatchConfig(guards(), 1, null, 0).isOn(Guard.EARLY_STOP, RuleProfile.CLASSIC);
        return on ? null : "the guard early-stop is off";
    }

    private List<GuardSwitch> guards() {
        return settings.value("watch.guards") instanceof List<?> given
                ? given.stream().map(GuardSwitch.class::cast).toList()
                : List.of();
    }

    private @Nullable String whyNoHardware() {
        if (oneOf("plan.hardware", HardwareChoice.AUTO)) {
            return null;
        }
        // where the factor is off, the ledger's line and the other profile still name the hardware
        return settings.value("optimizer.lr") == null ? null : "nothing multiplies a rate that is given (optimizer.lr)";
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
