package dev.stride.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every knob of the program, in the order in which they are shown: the one place where knobs are declared. */
public final class Knobs {
    private static final KnobType LENGTH = new KnobType.Whole(1, 1 << 20);
    private static final KnobType COUNT = new KnobType.Whole(1, Integer.MAX_VALUE);
    private static final KnobType SWITCH = new KnobType.Switch();
    private static final KnobType FOLDER = new KnobType.Folder();

    private static final List<Knob> ALL = List.of(
            knob("model.path", "--model", FOLDER)
                    .absent("needed by every verb that uses a model")
                    .doc("The checkpoint, a folder in the published layout."),
            knob("model.family", "--family", KnobType.Choice.of(ModelFamily.values()))
                    .standard("auto")
                    .doc("Whose rules the checkpoint follows, where its config.json leaves it open."),
            knob("model.adapter", "--adapter", FOLDER)
                    .absent("no adapter")
                    .doc("An adapter in PEFT's layout to use with the checkpoint; not for training."),
            knob("model.init_adapter", "--init-adapter", FOLDER)
                    .absent("a fresh adapter")
                    .doc("An adapter in PEFT's layout that LoRA training starts from."),
            knob("data.train", "--data", new KnobType.Sources(true))
                    .absent("needed for training")
                    .doc("Training data; give the flag once for each file."),
            knob("data.val", "--val", new KnobType.Sources(false))
                    .absent("no validation")
                    .doc("Validation data; give the flag once for each file."),
            knob("data.format", "--format", KnobType.Choice.of(DataFormat.values()))
                    .standard("auto")
                    .doc("How the rows are written."),
            knob(
                            "data.columns",
                            "--columns",
                            new KnobType.Columns(List.of("prompt", "response", "system", "history", "text", "label")))
                    .absent("the usual names are tried")
                    .doc("Which column has which role, for example prompt=content,response=summary."),
            knob("data.skip_bad", "--skip-bad", SWITCH)
                    .standard("off")
                    .doc("Go on without bad rows and write them to a file."),
            knob("data.limit", "--limit", COUNT)
                    .absent("all rows")
                    .unit("rows")
                    .doc("Use only the first rows of the training data."),
            knob("data.val_limit", "--val-limit", COUNT)
                    .absent("all rows")
                    .unit("rows")
                    .doc("Use only the first rows of the validation data."),
            knob("data.label_rule", "--label-rule", KnobType.Choice.of(TrainedRoles.values()))
                    .standard("legacy")
                    .doc("Which roles train: legacy the assistant alone, demo also tool results."),
            knob("data.truncation", "--truncation", KnobType.Choice.of(TruncationRule.values()))
                    .standard("keep-end")
                    .doc("What is cut from a row that is too long: its front, or everything behind the limit."),
            knob("data.max_input_length", "--max-input-length", LENGTH)
                    .standard("256")
                    .unit("tokens")
                    .doc("Longest prompt of an evaluation; part of the longest training row. A task brings its own."),
            knob("data.max_output_length", "--max-output-length", LENGTH)
                    .standard("512")
                    .unit("tokens")
                    .doc("Longest answer; part of the longest training row. A task brings its own."),
            knob("data.max_length", "--max-length", new KnobType.Whole(2, 1 << 20))
                    .absent("input + output + 1")
                    .unit("tokens")
                    .doc("Longest training row."),
            knob("data.packing", "--packing", SWITCH)
                    .standard("on")
                    .doc("Several examples in one row, each attending to itself alone; off pads instead."),
            knob("data.shuffle", "--shuffle", SWITCH)
                    .standard("on")
                    .doc("Rows in a seeded order, new in each epoch; off keeps the file's order."),
            knob("task", "--task", KnobType.Choice.of(Task.values()))
                    .absent("the rates of dialogue, said in the plan")
                    .doc("What the model is tuned for: it brings batch, lengths, schedule and rate."),
            knob(
                            "method",
                            "--method",
                            KnobType.Choice.of(Method.values())
                                    .refusing("prefix", "P-Tuning v2 is not in this version; lora and full are."))
                    .standard("lora")
                    .doc("What trains: every weight, or a low-rank adapter."),
            knob("lora.rank", "--lora-rank", new KnobType.Whole(1, 4096))
                    .standard("8")
                    .doc("Rank of the adapter."),
            knob("lora.alpha", "--lora-alpha", above(0))
                    .standard("32")
                    .doc("Numerator of the adapter's scale alpha/rank."),
            knob("lora.dropout", "--lora-dropout", new KnobType.Decimal(0, true, 1, false))
                    .standard("0.1")
                    .doc("Share of the adapter's input that is dropped in training."),
            knob("lora.targets", "--lora-targets", new KnobType.Names(LoraConfig.LINEARS))
                    .standard("query_key_value")
                    .doc("Linears of each block that get an adapter."),
            knob("lora.rslora", "--lora-rslora", SWITCH)
                    .standard("off")
                    .doc("Scale by alpha/sqrt(rank), which keeps large ranks stable."),
            knob("lora.plus_ratio", "--lora-plus", above(0))
                    .absent("A and B have the same rate")
                    .doc("LoRA+: the rate of B over that of A, for example 16."),
            knob("optimizer.lr", "--lr", above(0))
                    .absent("planned from task and batch")
                    .doc("The peak rate itself; nothing multiplies a rate that is given."),
            knob("optimizer.weight_decay", "--weight-decay", new KnobType.Decimal(0, true, 1, true))
                    .standard("0.1")
                    .doc(
                            "Decoupled decay of matrices; biases and norms have none. The profile evidence brings 0 for LoRA."),
            knob("optimizer.beta1", "--beta1", new KnobType.Decimal(0, true, 1, false))
                    .standard("0.9")
                    .doc("Decay of AdamW's first moment."),
            knob("optimizer.beta2", "--beta2", new KnobType.Decimal(0, true, 1, false))
                    .standard("0.999")
                    .doc("Decay of AdamW's second moment. The profile evidence keeps its half-life in tokens."),
            knob("optimizer.eps", "--eps", above(0)).standard("1e-8").doc("Added to the root of the second moment."),
            knob("optimizer.clip", "--clip", new KnobType.Decimal(0, true, Double.POSITIVE_INFINITY, false))
                    .standard("1.0")
                    .doc("Largest global norm of the gradient; 0 turns clipping off."),
            knob("optimizer.layer_decay", "--layer-decay", new KnobType.Decimal(0, false, 1, false))
                    .absent("all layers have the same rate")
                    .doc("Layer i of L gets the rate times this number to the power L-1-i, the embedding once more."),
            knob("optimizer.groups", "--lr-group", new GroupFactorsType())
                    .absent("no factors")
                    .doc("Factors on the rates of parameters whose names match, for example *.mlp.*=0.5; the first that"
                            + " matches acts."),
            knob("schedule.name", "--schedule", KnobType.Choice.of(ScheduleName.values()))
                    .absent("the task's")
                    .doc("The shape of the rate."),
            knob("schedule.form", "--schedule-form", KnobType.Choice.of(ScheduleForm.values()))
                    .standard("native")
                    .doc("Whose arithmetic: ours, that of transformers, or that of PyTorch."),
            knob("schedule.warmup", "--warmup", new KnobType.Part(true))
                    .absent("the task's")
                    .unit("updates or %")
                    .doc("How long the rate rises."),
            knob("schedule.warmup_steps", "--warmup-steps", new KnobType.Updates())
                    .absent("as schedule.warmup says")
                    .unit("updates")
                    .doc("Another way to write schedule.warmup; not together with it or with warmup_percent."),
            knob("schedule.warmup_percent", "--warmup-percent", new KnobType.Percent())
                    .absent("as schedule.warmup says")
                    .unit("%")
                    .doc("Another way to write schedule.warmup; not together with it or with warmup_steps."),
            knob("schedule.warmup_slope", "--warmup-slope", above(0))
                    .absent("as schedule.warmup says")
                    .unit("rate an update")
                    .doc("The rate gained with each update of the warm-up; it ends where the peak is reached."),
            knob("schedule.min_lr", "--min-lr", new KnobType.Decimal(0, true, 1, true))
                    .absent("0; in hf 1e-7 for polynomial, in torch peak x warmup_start / 1e4 for one-cycle")
                    .doc("The rate of the last update; for plateau the rate below which nothing is cut."),
            knob("schedule.power", "--schedule-power", above(0)).standard("1.0").doc("Exponent of the polynomial."),
            knob("schedule.cycles", "--schedule-cycles", COUNT)
                    .standard("1")
                    .doc("Cycles of cosine-restarts, equally long; in the native and hf form."),
            knob("schedule.cycle_length", "--cycle-length", new KnobType.Part(false))
                    .absent("everything behind the warm-up")
                    .unit("updates or %")
                    .doc("First cycle of cosine-restarts in the torch form (T_0)."),
            knob("schedule.cycle_growth", "--cycle-growth", new KnobType.Whole(1, 1000))
                    .standard("1")
                    .doc("How many times longer each cycle is than the one before, in the torch form (T_mult)."),
            knob("schedule.warmup_start", "--warmup-start", new KnobType.Decimal(0, false, 1, true))
                    .absent("0.04 in one-cycle, (s+1)/W in cosine-warmup-min, else 1/3")
                    .doc(
                            "Share of the peak where the warm-up starts, in one-cycle, cosine-warmup-min and the torch form."),
            knob("schedule.wsd_decay", "--wsd-decay", new KnobType.Part(false))
                    .standard("20%")
                    .unit("updates or %")
                    .doc("The last updates of wsd, those in which the rate falls."),
            knob("schedule.wsd_shape", "--wsd-shape", KnobType.Choice.of(RampShape.values()))
                    .standard("1-sqrt")
                    .doc("How the rate of wsd falls."),
            knob("schedule.wsd_warmup", "--wsd-warmup", KnobType.Choice.of(RampShape.values()))
                    .standard("linear")
                    .doc("How the rate of wsd rises, in the hf form."),
            knob("schedule.rex_alpha", "--rex-alpha", new KnobType.Decimal(0, false, 1, true))
                    .standard("0.1")
                    .doc("How late rex falls: 1 is a straight line, 0.5 the paper's curve, 0.1 Axolotl's."),
            knob("schedule.plateau_factor", "--plateau-factor", new KnobType.Decimal(0, false, 1, false))
                    .standard("0.5")
                    .doc("What plateau multiplies the rate by when validation stops getting better."),
            knob("schedule.plateau_patience", "--plateau-patience", new KnobType.Whole(0, 1_000_000))
                    .standard("1")
                    .unit("evaluations")
                    .doc("Evaluations in a row without a gain that plateau bears; those of the warm-up do not count."),
            knob("schedule.plateau_threshold", "--plateau-threshold", new KnobType.Decimal(0, true, 1, true))
                    .standard("1e-4")
                    .doc("Share of the best value by which an evaluation must be better to be a gain."),
            knob("schedule.plateau_convention", "--plateau-convention", KnobType.Choice.of(PlateauConvention.values()))
                    .standard("torch")
                    .doc("When plateau cuts: torch after more evaluations than the patience, keras after as many."),
            knob("train.epochs", "--epochs", new KnobType.Decimal(0, false, 1e6, true))
                    .standard("3")
                    .doc("Passes over the data; parts are allowed. Not together with steps."),
            knob("train.steps", "--steps", new KnobType.Whole(1, 1_000_000_000))
                    .absent("counted from the epochs")
                    .unit("updates")
                    .doc("Optimizer updates. Not together with epochs."),
            knob("train.batch", "--batch", COUNT)
                    .absent("the task's")
                    .unit("rows")
                    .doc("Rows of one update, over everything."),
            knob("train.micro_batch", "--micro-batch", COUNT)
                    .absent("filled up to the token budget")
                    .unit("rows")
                    .doc("Rows of one forward pass; it changes memory and speed, never the loss."),
            knob("train.token_budget", "--token-budget", new KnobType.Whole(2, 1 << 24))
                    .absent("chosen by the plan")
                    .unit("tokens")
                    .doc("Tokens of one forward pass; it changes memory and speed, never the loss."),
            knob("train.seed", "--seed", new KnobType.Whole(0, Long.MAX_VALUE))
                    .standard("42")
                    .doc("Seed of everything random."),
            knob("train.precision", "--precision", KnobType.Choice.of(PrecisionChoice.values()))
                    .standard("auto")
                    .doc("Type of the products; what trains is always held in fp32."),
            knob("train.device", "--device", new KnobType.Device())
                    .standard("auto")
                    .doc("Where the products are computed."),
            knob("train.recompute", "--recompute", SWITCH)
                    .standard("off")
                    .doc("Keep only the input of each block and run it again on the way back: less memory, more work."),
            knob("train.zero", "--zero", SWITCH)
                    .standard("off")
                    .doc(
                            "Each of several processes keeps the moments of its share of what trains; same numbers, less memory."),
            knob("train.log_every", "--log-every", COUNT)
                    .standard("50")
                    .unit("updates")
                    .doc("How often a line is printed where no bar can be drawn; events.jsonl has every update."),
            knob("train.eval_every", "--eval-every", new KnobType.Every())
                    .standard("epoch")
                    .doc("When validation runs."),
            knob("train.save_every", "--save-every", new KnobType.Every())
                    .standard("epoch")
                    .doc("When a checkpoint is saved."),
            knob("train.keep_last", "--keep-last", COUNT)
                    .standard("3")
                    .unit("checkpoints")
                    .doc("Newest checkpoints that are kept."),
            knob("train.keep_best", "--keep-best", SWITCH)
                    .standard("on")
                    .doc("Keep the checkpoint with the best validation too."),
            knob("train.threads", "--threads", new KnobType.Whole(1, 4096))
                    .absent("as many as cores")
                    .doc("Threads of the CPU."),
            knob("train.self_test", "--self-test", KnobType.Choice.of(SelfTestChoice.values()))
                    .standard("auto")
                    .doc("30 trial updates before training, taken back; auto: where the run has 1,000 or more."),
            knob("eval.generate_rows", "--val-generate", new KnobType.Whole(0, Integer.MAX_VALUE))
                    .standard("50")
                    .unit("rows")
                    .doc("First validation rows that are generated and scored at each evaluation; 0 for loss only."),
            knob("eval.max_new_tokens", "--max-new-tokens", LENGTH)
                    .standard("512")
                    .unit("tokens")
                    .doc("Longest generated answer."),
            knob("eval.batch", "--eval-batch", COUNT)
                    .standard("16")
                    .unit("rows")
                    .doc("Rows that are generated together."),
            knob("find.steps", "--find-steps", new KnobType.Whole(20, 100_000))
                    .standard("100")
                    .unit("updates")
                    .doc("Rates of one pass of stride find, one update each."),
            knob("find.low", "--find-low", above(0)).standard("1e-7").doc("The lowest rate that stride find tries."),
            knob("find.high", "--find-high", above(0)).standard("1").doc("The highest rate that stride find tries."),
            knob("sweep.vary", "--vary", KnobType.Choice.of(SweptSetting.values()))
                    .standard("lr")
                    .doc("What differs between the trials of stride sweep."),
            knob("sweep.lrs", "--lrs", new RatesType())
                    .absent("0.3, 1 and 3 times the given or planned rate")
                    .doc("The rates that stride sweep begins with."),
            knob("sweep.values", "--values", new ValuesType())
                    .absent("needed by sweeps of anything but the rate")
                    .doc("The values that a sweep of something else than the rate compares."),
            knob("sweep.seeds", "--seeds", new KnobType.Whole(1, 100))
                    .standard("1")
                    .doc("Runs of each rate, at train.seed and the numbers after it."),
            knob("sweep.grow", "--grow", SWITCH)
                    .standard("on")
                    .doc(
                            "Try rates beyond the grid while the best one lies at its edge, then between, until it is bracketed."),
            knob("sweep.max_rates", "--max-rates", new KnobType.Whole(1, 40))
                    .standard("7")
                    .unit("rates")
                    .doc("Different rates that a sweep tries at most."),
            knob("sweep.prune", "--prune", KnobType.Choice.of(PruneRule.values()))
                    .standard("auto")
                    .doc("Which rule ends trials that will not win: by validation alone, never by training loss."),
            knob("sweep.together", "--together", new KnobType.Whole(1, 64))
                    .standard("8")
                    .unit("trials")
                    .doc(
                            "LoRA trials that train in one pass over a shared base, at most; 1 trains one after the other."),
            knob("sweep.fork", "--fork", SWITCH)
                    .standard("off")
                    .doc("Let trials rise at one slope, so that the beginning is trained once for all of them."),
            knob("sweep.trunk", "--trunk", SWITCH)
                    .standard("off")
                    .doc(
                            "At a quarter and a half of each trial, cool a branch of it down and end those that are not among the"
                                    + " better half; needs wsd, which it brings."),
            knob("sweep.metric", "--metric", KnobType.Choice.of(StopMetric.values()))
                    .standard("loss")
                    .doc("What decides between trials where no weights are given."),
            knob("sweep.weights", "--weights", new WeightsType())
                    .absent("one metric decides")
                    .doc("A combined score decides: the weight of each of its metrics."),
            knob("output.dir", "--out", FOLDER).absent("chosen by the verb").doc("The run's folder."),
            knob("output.resume", "--resume", FOLDER).absent("a new run").doc("The folder of a run to go on with."),
            knob("plan.profile", "--profile", KnobType.Choice.of(RuleProfile.values()))
                    .standard("classic")
                    .doc("Which rules plan the rate: the written ones, or what published measurements say."),
            knob("plan.scaling", "--scaling", KnobType.Choice.of(ScalingRule.values()))
                    .standard("linear")
                    .doc("How a planned rate follows the batch. The profile evidence brings sqrt."),
            knob("plan.hardware", "--hardware", KnobType.Choice.of(HardwareChoice.values()))
                    .standard("auto")
                    .doc("Whose factor a planned rate gets; it changes neither precision nor memory."),
            knob("plan.hardware_factor", "--hardware-factor", SWITCH)
                    .standard("on")
                    .doc(
                            "Multiply a planned rate by 1.2 for cards with bf16 and by 0.9 for those with fp16 only, which is"
                                    + " unproven. The profile evidence brings off."),
            knob("plan.ranks", "--ranks", new KnobType.Whole(1, 100_000))
                    .standard("1")
                    .unit("ranks")
                    .doc(
                            "Devices that train together: a recipe's batch is multiplied by them, and the rate follows it. Where"
                                    + " several are started it is their number; a batch that is given stays."),
            knob("watch.guards", "--guard", new GuardsType())
                    .absent("as the profile has it, said in the plan")
                    .doc("What watches the run, each turned on or off by name; all=off leaves only non-finite."),
            knob("watch.patience", "--patience", COUNT)
                    .standard("2")
                    .unit("evaluations")
                    .doc("Evaluations without getting better after which early stopping fires."),
            knob("watch.metric", "--stop-metric", KnobType.Choice.of(StopMetric.values()))
                    .absent("the task's: bleu-4, macro-f1, or loss with edit-similarity")
                    .doc("What names the best evaluation, and must get better for training to go on."),
            knob("watch.max_recoveries", "--recoveries", new KnobType.Whole(0, 100))
                    .standard("2")
                    .doc("Recovery experiments in one run after early stops; 0 only stops."));

    private static final Map<String, Knob> BY_PATH = new LinkedHashMap<>();
    private static final Map<String, Knob> BY_FLAG = new LinkedHashMap<>();

    static {
        for (Knob knob : ALL) {
            if (BY_PATH.put(knob.path(), knob) != null || BY_FLAG.put(knob.flag(), knob) != null) {
                throw new IllegalStateException(knob.path() + " or " + knob.flag() + " is declared twice");
            }
        }
    }

    private Knobs() {}

    /** All knobs, in the order in which they are shown. */
    public static List<Knob> all() {
        return ALL;
    }

    /** The knob of a path such as {@code optimizer.lr}; null if there is none. */
    public static @Nullable Knob byPath(String path) {
        return BY_PATH.get(path);
    }

    /** The knob of a flag such as {@code --lr}; null if there is none. */
    public static @Nullable Knob byFlag(String flag) {
        return BY_FLAG.get(flag);
    }

    private static KnobType above(double min) {
        return new KnobType.Decimal(min, false, Double.POSITIVE_INFINITY, false);
    }

    private static Draft knob(String path, String flag, KnobType type) {
        return new Draft(path, flag, type, null, "", "");
    }

    /** A knob that is being declared; its doc comes last. */
    private record Draft(
            String path,
            String flag,
            KnobType type,
            @Nullable String standard,
            String absent,
            String unit) {
        Draft standard(String text) {
            return new Draft(path, flag, type, text, absent, unit);
        }

        Draft absent(String meaning) {
            return new Draft(path, flag, type, standard, meaning, unit);
        }

        Draft unit(String text) {
            return new Draft(path, flag, type, standard, absent, text);
        }

        Knob doc(String text) {
            return new Knob(path, flag, type, standard, absent, unit, text);
        }
    }
}
