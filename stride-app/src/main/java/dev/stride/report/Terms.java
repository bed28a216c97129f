package dev.stride.report;

import java.util.Map;

/**
 * The program's own names in a report in both languages: guards, what they did, and the lines of a plan. A name that is
 * not known here stands as it is, and so do the reasons, which are written in English where they arise.
 */
final class Terms {
    private static final Map<String, String> GUARDS = Map.ofEntries(
            Map.entry("non-finite", "非有限数"),
            Map.entry("grad-norm", "梯度范数"),
            Map.entry("grad-norm-z", "梯度范数突增"),
            Map.entry("diverged", "发散"),
            Map.entry("loss-zero", "损失为零"),
            Map.entry("loss-rising", "损失上升"),
            Map.entry("loss-jump", "损失跳变"),
            Map.entry("still-weights", "权重未动"),
            Map.entry("rate-without-effect", "学习率无效"),
            Map.entry("early-stop", "早停"),
            Map.entry("plateau", "停滞"),
            Map.entry("recovery", "恢复试验"));

    private static final Map<String, String> ACTIONS = Map.of(
            "alarm", "警示",
            "stop", "终止",
            "recover", "恢复",
            "reduce-lr", "降低学习率",
            "keep", "采用");

    private static final Map<String, String> ENTRIES = Map.ofEntries(
            Map.entry("given", "给定值"),
            Map.entry("recipe", "配方基准"),
            Map.entry("method", "微调方法"),
            Map.entry("batch", "批大小"),
            Map.entry("hardware", "硬件"),
            Map.entry("cap", "上限"),
            Map.entry("layer decay", "逐层衰减"),
            Map.entry("group", "分组"),
            Map.entry("recovery", "恢复系数"),
            Map.entry("peak", "峰值"),
            Map.entry("schedule", "学习率曲线"),
            Map.entry("warm-up updates", "预热更新次数"),
            Map.entry("weight decay", "权重衰减"),
            Map.entry("without weight decay", "不做权重衰减的张量"),
            Map.entry("clip", "裁剪阈值"),
            Map.entry("updates", "更新次数"),
            Map.entry("max tokens", "最大词元数"),
            Map.entry("tokens of a pass", "单次前向词元数"),
            Map.entry("precision", "数值精度"));

    private static final String RATE = "lr: ";
    private static final String RATE_OF = "lr of ";

    private Terms() {}

    static BilingualText guard(String name) {
        return of(name, GUARDS);
    }

    static BilingualText action(String name) {
        return of(name, ACTIONS);
    }

    /** The name of a line of a plan: {@code clip}, {@code lr: batch} or {@code lr of decay.layer00: layer decay}. */
    static BilingualText entry(String name) {
        if (name.startsWith(RATE)) {
            return new BilingualText(
                    name, "学习率：" + of(name.substring(RATE.length()), ENTRIES).chinese());
        }
        int colon = name.lastIndexOf(": ");
        if (name.startsWith(RATE_OF) && colon > 0) {
            return new BilingualText(
                    name,
                    name.substring(RATE_OF.length(), colon) + " 的学习率："
                            + of(name.substring(colon + 2), ENTRIES).chinese());
        }
        return of(name, ENTRIES);
    }

    private static BilingualText of(String name, Map<String, String> chinese) {
        return new BilingualText(name, chinese.getOrDefault(name, name));
    }
}
