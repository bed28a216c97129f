package dev.stride.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every fixed word of a report, in both languages. {@code {0}} and {@code {1}} are filled in. */
enum Words {
    RATE_AND_LOSS("Learning rate, loss and gradients", "学习率、损失与梯度"),
    LEARNING_RATE("learning rate", "学习率"),
    LOSS("loss", "损失"),
    STEP("step {0}", "第 {0} 步"),
    STEP_AXIS("step (optimizer updates)", "步（参数更新次数）"),
    LEGEND_LOSS("training loss", "训练损失"),
    LEGEND_RATE("learning rate used", "实际学习率"),
    LEGEND_PLANNED("learning rate planned", "计划学习率"),
    LEGEND_EVAL("validation loss", "验证损失"),
    LEGEND_NORM("gradient norm before clipping", "裁剪前梯度范数"),
    LEGEND_CLIP_RATE("clip rate", "裁剪率"),
    SMOOTH("smooth the loss", "平滑损失曲线"),
    SMOOTHING(
            "The thick line of the loss is an exponential moving average over about {0} updates, divided by the sum of its "
                    + "weights; the pale line is the loss of each update.",
            "粗线为损失的指数移动平均（约 {0} 次更新，已按权重之和修正）；浅线为每次更新的损失。"),
    CLIP_WINDOW(
            "The clip rate is the share of the last {0} updates whose norm was above the clip.",
            "裁剪率为最近 {0} 次更新中范数超过裁剪阈值者所占比例。"),
    LOG_RATE("The learning rate has a logarithmic axis.", "学习率采用对数坐标轴。"),
    BELOW_SCALE("Rates below {0}, such as 0, lie below the chart.", "低于 {0} 的学习率（如 0）位于图表之下。"),
    THINNED(
            "{0} of {1} updates are drawn; of each stretch the first, lowest, highest and last.",
            "共 {1} 次更新，绘出 {0} 次；每小段保留首、末、最低与最高点。"),
    OFF_SCALE("Losses above {0} lie outside the chart.", "高于 {0} 的损失超出图表范围。"),
    CHART_HELP(
            "Point at the chart, or focus it and use the arrow keys, to read the values.", "将指针移到图上，或选中图表后用方向键，可读取数值。"),
    POINTS_HELP(
            "Point at a mark, or focus the chart and use the arrow keys, to read its values.",
            "将指针移到标记上，或选中图表后用方向键，可读取其数值。"),
    NO_STEPS("No update has been made yet.", "尚未进行任何更新。"),
    EVENTS("Events on the chart", "图中事件"),
    VERDICT("{0}: {1}", "{0}：{1}"),
    BRANCH("{0} from {1}, rate x {2}", "{0}（自 {1} 分出，学习率 × {2}）"),
    VERDICTS("Verdicts of the guards", "监控裁定"),
    NO_VERDICTS("No guard intervened.", "没有监控介入。"),
    GUARD("Guard", "监控"),
    ACTION("Action", "动作"),
    EVIDENCE("Evidence", "依据"),
    SKIP("update not made", "未更新"),
    NOTE("note", "备注"),
    MORE_EVENTS("{0} more are in events.jsonl.", "其余 {0} 条见 events.jsonl。"),
    RUNS("Runs", "运行对比"),
    RUN("Run", "运行"),
    PEAK_RATE("Peak rate", "峰值学习率"),
    TRAIN_LOSS("Train loss", "训练损失"),
    EVAL_LOSS("Val. loss", "验证损失"),
    LOWEST_LOSS("Lowest", "最低"),
    AT_STEP("at step", "所在步"),
    TOKENS_PER_SECOND("Tokens/s", "词元/秒"),
    TIME("Time", "用时"),
    STEPS("Steps", "步数"),
    STATUS("Status", "状态"),
    FINISHED("finished", "完成"),
    STOPPED("stopped", "被终止"),
    FAILED("failed", "失败"),
    INTERRUPTED("interrupted", "已中断"),
    UNFINISHED("no result yet", "尚无结果"),
    TABLE_NOTE(
            "Train loss: mean of the last {0} updates. Val. loss and scores: the last evaluation that has them; "
                    + "ROUGE in percent, BLEU-4 from 0 to 1. Tokens/s: median. Bold: the best of its column.",
            "训练损失为最后 {0} 次更新的均值；验证损失与各项得分取自最近一次有该值的评估；ROUGE 为百分数，BLEU-4 介于 0 与 1 之间；" + "词元/秒取中位数；粗体为该列最佳。"),
    VALIDATION("Validation", "验证指标"),
    VALIDATION_LOSS("Loss", "损失"),
    NO_EVALS("Nothing was evaluated.", "没有进行评估。"),
    GRAD_NORM("gradient norm", "梯度范数"),
    CLIP("clip", "裁剪阈值"),
    CLIP_RATE("clip rate, %", "裁剪率（%）"),
    CLIPPED("Clipped", "裁剪占比"),
    PLAN("The plan, and why", "计划与理由"),
    NAME("Name", "名称"),
    VALUE("Value", "取值"),
    REASON("Reason", "理由"),
    REASONS_NOTE("Reasons are as in plan.json and events.jsonl.", "理由与依据为 plan.json 与 events.jsonl 中的原文（英文）。"),
    ALL_RUNS("all", "全部"),
    OTHER_PROFILE("What the profile {0} would have chosen", "{0} 方案的选择"),
    OTHER_DIFFERENCES("What differs", "不同之处"),
    NO_DIFFERENCES("Every number is the same.", "所有数值均相同。"),
    NO_PLAN("The run kept no plan.", "该运行没有保存计划。"),
    SAMPLES("Generated texts", "生成文本"),
    SAMPLES_SHOWN("{0} of {1} prompts; the others are in samples.jsonl.", "显示 {1} 条提示中的 {0} 条，其余见 samples.jsonl。"),
    PROMPT("Prompt", "提示"),
    REFERENCE("Reference", "参考答案"),
    EARLIER("Earlier ({0})", "更早的结果（{0}）"),
    EMPTY_TEXT("(empty)", "（空）"),
    NO_SAMPLES("No texts were generated.", "没有生成文本。"),
    WAITING("waiting", "等待中"),
    RUNNING("running", "进行中"),
    PRUNED("pruned", "提前淘汰"),
    SCORE_CHART("{0} against the learning rate", "{0}随学习率的变化"),
    SCORE_CHART_OTHER("{0} against {1}", "{0}随 {1} 的变化"),
    PEAK_AXIS("peak learning rate, logarithmic", "峰值学习率（对数坐标）"),
    LOWER_BETTER("{0} (lower is better)", "{0}（越低越好）"),
    HIGHER_BETTER("{0} (higher is better)", "{0}（越高越好）"),
    KEY_FINISHED("trained to its end", "训练至结束"),
    KEY_EARLY("ended early: its last evaluation", "提前结束：末次评估值"),
    KEY_LOST("diverged, failed or far off", "发散、失败或远离图表"),
    KEY_SPREAD("95 % of its difference from the best (paired)", "与最佳之差的 95 % 区间（配对）"),
    KEY_SEEDS("mean and range over the seeds", "各随机种子的均值与范围"),
    KEY_FIT("fitted parabola and its best rate", "拟合抛物线及其最优学习率"),
    KEY_BAND("as good as the answer", "与结论同样好的范围"),
    AT_EDGE("The best value lies at the edge of the grid: the optimum may lie beyond it.", "最佳值位于网格边缘：最优值可能在其之外。"),
    NO_SCORES("No trial has been evaluated yet.", "尚无试验完成评估。"),
    NO_FIT("No parabola is drawn: the results do not bend around a best rate.", "未绘制抛物线：结果未围绕某一最优学习率弯曲。"),
    CURVES("Learning curves and rates", "学习曲线与学习率"),
    TRAIN_SMOOTHED("training loss, smoothed", "训练损失（平滑）"),
    KEY_END("ended early", "提前结束"),
    KEY_FORK("taken up from another trial", "由另一试验接续"),
    CURVES_NOTE(
            "Pale lines are training losses, averaged over about {0} updates as on a run's page; circles joined by lines "
                    + "are validation losses. Colours go from the lowest value to the highest.",
            "浅线为训练损失（约 {0} 次更新的指数移动平均，与单次运行页面相同）；带圆点的线为验证损失。颜色由低值到高值渐变。"),
    FORK_NOTE("A trial that was taken up from another is drawn from that step on:", "由另一试验接续的试验自该步起绘出："),
    FORK_ITEM("{0} from {1} at step {2}", "{0} 自 {1} 第 {2} 步"),
    TRIALS("Trials", "试验"),
    TRIAL("Trial", "试验"),
    SEED("Seed", "种子"),
    BEST("Best {0}", "最佳{0}"),
    WHY("Why it ended", "结束原因"),
    GROWN("{0}, added", "{0}，追加"),
    TRIALS_NOTE(
            "Scores are those of a trial's last evaluation. Bold: the best of its column among the trials that were "
                    + "trained to their end.",
            "各项得分取自该试验的末次评估；粗体为训练至结束的试验中该列最佳。"),
    SAVED("Updates saved", "节省的更新次数"),
    SAVED_SENTENCE(
            "{0} updates were made instead of {1}: {2} saved, {3} %.", "共进行 {0} 次更新，而完整网格需 {1} 次：节省 {2} 次（{3} %）。"),
    SAVED_NONE("{0} updates were made; none were saved.", "共进行 {0} 次更新，未节省。"),
    SAVED_BY("Saved by", "节省方式"),
    SAVED_PRUNING("pruning: trials that promised less were ended early", "提前淘汰：前景较差的试验被提前结束"),
    SAVED_PREFIX("shared prefixes: trials went on from the same state", "共享前缀：多个试验从同一状态继续"),
    SAVED_TRUNK(
            "cooldowns on the way, instead of a run of its own for each (besides the grid)",
            "途中冷却分支，免去各自单独完整训练（不计入网格）"),
    COOLDOWNS("Cooled branches", "冷却分支"),
    COOLED_FROM("From step", "分出步"),
    COOLED_TO("To step", "结束步"),
    COOLED_END("{0} when cooled", "冷却后的{0}"),
    COOLED_TRUNK("{0} of the trial there", "该处试验本身的{0}"),
    COOLED_NOTE(
            "A branch leaves its trial at a step, and its rate falls to the end at once: it shows what the trial would come "
                    + "to. Bold: the best of those that left at the same step.",
            "分支在某一步离开试验，学习率随即降至终点，由此显示该试验最终可达的水平；粗体为同一步分出者中最佳。"),
    COOLED_SAVED(
            "{0} updates were made for them; as runs of their own they would have taken {1} more.",
            "为此进行了 {0} 次更新；若各自单独训练，还需多 {1} 次。"),
    SAVED_ENDED("trials that a guard, a failure or the user ended", "被监控、故障或用户终止的试验"),
    UPDATES("Updates", "更新次数"),
    UPDATES_LINE("updates: {0} of {1} that all trials alone would make", "更新次数：{0}（各试验单独完成共需 {1}）"),
    UPDATES_PRUNED("{0} saved by pruning", "提前淘汰节省 {0}"),
    UPDATES_SHARED("{0} saved by shared prefixes", "共享前缀节省 {0}"),
    UPDATES_ENDED("{0} not made by trials that were ended", "被终止的试验少做 {0}"),
    RESTS_ON_LINE("rests on: {0}", "依据：{0}"),
    NOTE_LINE("note: {0}", "说明：{0}"),
    WARNING_LINE("warning: {0}", "警告：{0}"),
    NO_TEXTS(
            "This page was written to be passed on: generated texts, prompts and references are left out.",
            "本页用于分享：生成文本、提示与参考答案均已略去。"),
    PEOPLE("What people said", "人工评价"),
    SHARE("Share won, %", "胜率（%）"),
    INTERVAL("Interval, %", "区间（%）"),
    VOTES("Votes", "票数"),
    PEOPLE_NOTE(
            "The share of comparisons that a trial is expected to win against the others, from blind votes.",
            "由盲评得出的、该试验预计胜过其他试验的比例。"),
    SETTINGS("Settings", "设置"),
    WEIGHT("weight of {0}", "{0} 的权重"),
    RESTS_ON("It rests on: {0}.", "依据：{0}。"),
    UNDECIDED("Undecided: these trials cannot be told apart by what was measured.", "尚无定论：现有测量无法区分这些试验。"),
    STILL_RUNNING("The sweep has no answer yet.", "本次搜索尚无结论。"),
    COURSE("How the search went", "搜索过程"),
    COMMAND("The final run", "最终训练命令"),
    WARNINGS("Warnings", "警告"),
    NUM_WARNINGS("Warnings: {0}", "警告：{0}"),
    ENVIRONMENT("Environment", "环境"),
    FACT("Fact", "项目"),
    FOOTER("Written by Stride. This file needs no network and no other file.", "由 Stride 生成。本文件无需联网，也不依赖其他文件。");

    private static final Pattern GAP = Pattern.compile("\\{(\\d)}");

    private final String english;
    private final String chinese;

    Words(String english, String chinese) {
        this.english = english;
        this.chinese = chinese;
    }

    /** The words in one language, filled in. */
    String in(Language language, Object... values) {
        String text = language == Language.ENGLISH ? english : chinese;
        // in one pass, so that a value that looks like a gap is left alone
        return GAP.matcher(text)
                .replaceAll(gap -> Matcher.quoteReplacement(String.valueOf(values[Integer.parseInt(gap.group(1))])));
    }
}
