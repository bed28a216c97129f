package dev.stride.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.monitor.Finding;
import dev.stride.monitor.Sentence;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whether a person needs to look at a run, with the reason in one sentence.
 *
 * @param level how much
 * @param sentence why
 */
public record Worry(Level level, Sentence sentence) {
    /** How much there is to worry about. */
    public enum Level {
        /** Nothing. */
        OK,
        /** Somebody should look when there is time. */
        LOOK,
        /** Something is wrong. */
        BAD;

        /** The word in JSON. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<Finding.Kind> TROUBLES =
            EnumSet.of(Finding.Kind.OVERFIT, Finding.Kind.DIVERGED, Finding.Kind.OSCILLATION);
    /** Who ends a run because it has what it can get, because another trial has more, or because somebody asked for it. */
    private static final Set<String> KIND_GUARDS = Set.of("early-stop", "pruner", RunSigns.PERSON);

    /**
     * Judges a run.
     *
     * @param reason why it ended, as a sentence; may be empty
     * @param silence what is known of a run of which nothing is heard
     * @param findings of its curve, the most important first
     */
    static Worry of(RunStatus status, String reason, Sentence silence, RunSummary summary, List<Finding> findings) {
        LiveEvent stop = summary.stop();
        String because = reason.isEmpty() ? "" : ": " + reason;
        String becauseChinese = reason.isEmpty() ? "" : "：" + reason;
        switch (status) {
            case FAILED:
                return bad("An error ended it" + because, "因错误结束" + becauseChinese);
            case DAMAGED:
                return bad("Its files cannot be read" + because, "文件无法读取" + becauseChinese);
            case PRUNED:
                return ok("Ended early by the sweep" + because, "被搜索提前结束" + becauseChinese);
            case WAITING:
                return ok("Not begun", "尚未开始");
            case STOPPED:
                if (stop == null || !KIND_GUARDS.contains(stop.who())) {
                    return bad("A guard stopped it" + because, "被保护规则停止" + becauseChinese);
                }
                break;
            case SILENT:
                return new Worry(Level.LOOK, silence);
            default:
        }
        if (summary.nonFinite() > 0) {
            return bad(
                    summary.nonFinite() + " losses or gradient norms were not finite, the last at step "
                            + summary.lastNonFinite(),
                    "有 " + summary.nonFinite() + " 个损失或梯度范数不是有限数，最后一次在第 " + summary.lastNonFinite() + " 步");
        }
        for (Finding finding : findings) {
            if (TROUBLES.contains(finding.kind())) {
                return new Worry(Level.LOOK, finding.text());
            }
        }
        LiveEvent seen = summary.look();
        if (seen != null) {
            return look(seen);
        }
        if (summary.numDamaged() > 0) {
            return look(
                    summary.numDamaged() + " damaged lines, the first: "
                            + summary.damaged().get(0),
                    summary.numDamaged() + " 行已损坏，第一处：" + summary.damaged().get(0));
        }
        return fine(status, stop != null && stop.who().equals(RunSigns.PERSON), because, becauseChinese);
    }

    private static Worry fine(RunStatus status, boolean byPerson, String because, String becauseChinese) {
        return switch (status) {
            case INTERRUPTED ->
                byPerson
                        ? ok("Stopped by a person; it can go on" + because, "由人停止，可以继续" + becauseChinese)
                        : look("Interrupted; it can go on" + because, "已中断，可以继续" + becauseChinese);
            case STOPPED ->
                byPerson
                        ? ok("Stopped by a person" + because, "由人停止" + becauseChinese)
                        : ok("Stopped early" + because, "已提前停止" + becauseChinese);
            case FINISHED -> ok("Finished", "已完成");
            default -> ok("Running", "运行中");
        };
    }

    private static Worry look(LiveEvent event) {
        String what = event.type().equals("branch") ? "recovery " + event.who() : event.who() + " " + event.action();
        return look(
                "Step " + event.step() + ", " + what + ": " + event.text(),
                "第 " + event.step() + " 步，" + what + "：" + event.text());
    }

    static Worry ok(String english, String chinese) {
        return new Worry(Level.OK, new Sentence(english, chinese));
    }

    static Worry look(String english, String chinese) {
        return new Worry(Level.LOOK, new Sentence(english, chinese));
    }

    static Worry bad(String english, String chinese) {
        return new Worry(Level.BAD, new Sentence(english, chinese));
    }

    /** The worry as a JSON object: {@code level}, {@code en} and {@code zh}. */
    ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("level", level.word())
                .put("en", sentence.english())
                .put("zh", sentence.chinese());
    }
}
