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
