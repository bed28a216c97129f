package dev.stride.search;

import dev.stride.config.MetricWeight;
import dev.stride.config.Numbers;
import dev.stride.search.SweepResult.Vary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A sweep's answer in one sentence, in English and Chinese. It is made from what {@code sweep.json} holds and nothing
 * else, so anybody can make it again from the file.
 *
 * @param english the sentence
 * @param chinese the same
 * @param restsOn what was compared, for example {@code validation loss over 120 rows}
 */
public record AnswerSentence(String english, String chinese, String restsOn) {
    private static final Map<Vary, String> NAMES = Map.of(
            Vary.LR, "", Vary.LORA_RANK, "LoRA rank ", Vary.MAX_LENGTH, "maximum length ", Vary.DATA, "data mixture ");

    private static final Map<Vary, String> NAMES_ZH =
            Map.of(Vary.LR, "", Vary.LORA_RANK, "LoRA 秩 ", Vary.MAX_LENGTH, "最大长度 ", Vary.DATA, "数据配比 ");

    /** The sentence of a sweep; a sweep without an answer yet has empty ones. */
    public static AnswerSentence of(SweepResult sweep) {
        SweepAnswer answer = sweep.answer();
        String restsOn = restsOn(sweep);
        if (answer == null) {
            return new AnswerSentence("", "", restsOn);
        }
        if (!answer.isUsable()) {
            boolean rates = sweep.vary() == Vary.LR;
            return new AnswerSentence(
                    "None of these " + (rates ? "rates" : "settings")
                            + " can be used: no trial came to its end with a finite score.",
                    "这些" + (rates ? "学习率" : "设置") + "都不能用：没有一次试验以有限的分数结束。",
                    restsOn);
        }
        return answer.decided() ? decided(sweep, answer, restsOn) : undecided(sweep, answer, restsOn);
    }

    /** The sweep with its answer's sentences filled in. */
    public static SweepResult fill(SweepResult sweep) {
        SweepAnswer answer = sweep.answer();
        if (answer == null) {
            return sweep;
        }
        AnswerSentence sentence = of(sweep);
        return sweep.withAnswer(answer.withSentences(sentence.english, sentence.chinese, sentence.restsOn));
    }

    private static AnswerSentence decided(SweepResult sweep, SweepAnswer answer, String restsOn) {
        OtherTrials others = OtherTrials.of(sweep, answer);
        // the only one that came to its end was compared with none; what became of the others says why it is the choice
        boolean alone = answer.against().isEmpty();
        String english = "Use " + choice(sweep, answer, NAMES, " at ") + " (" + settings(sweep) + "); "
                + (alone ? "" : asGood(sweep, answer) + "; ") + test(answer) + others.english()
                + edge(sweep, answer, "; the best is the ", " rate tried") + weighed(sweep) + ".";
        String chinese = "请用 " + choice(sweep, answer, NAMES_ZH, "，学习率 ") + "（" + settingsZh(sweep) + "）；"
                + (alone ? "" : asGoodZh(sweep, answer) + "；") + testZh(answer) + others.chinese()
                + edgeZh(sweep, answer) + weighedZh(sweep) + "。";
        return new AnswerSentence(english, chinese, restsOn);
    }

    private static AnswerSentence undecided(SweepResult sweep, SweepAnswer answer, String restsOn) {
        StringBuilder english = new StringBuilder("Undecided: ")
                .append(choice(sweep, answer, NAMES, " at "))
                .append(" is best (")
                .append(settings(sweep))
                .append("), ");
        StringBuilder chinese = new StringBuilder("尚无定论：")
                .append(choice(sweep, answer, NAMES_ZH, "，学习率 "))
                .append(" 最好（")
                .append(settingsZh(sweep))
                .append("），");
        if (answer.against().isEmpty()) {
            english.append("but there is nothing to compare it with");
            chinese.append("但没有可以比较的对象");
        } else {
            List<String> others = answer.asGood().isEmpty() ? List.of(answer.against()) : answer.asGood();
            english.append("but ").append(list(others, " and ")).append(" cannot be told from it");
            chinese.append("但与 ").append(list(others, "、")).append(" 无法区分");
        }
        english.append("; ").append(test(answer));
        chinese.append("；").append(testZh(answer));
        if (answer.rowsNeeded() > answer.rows()) {
            String needed = Numbers.count(answer.rowsNeeded());
            english.append("; about ").append(needed).append(" validation rows would tell the best two apart, ");
            english.append("and there are ").append(Numbers.count(answer.rows()));
            chinese.append("；约需 ").append(needed).append(" 行验证数据才能区分最好的两个，现有 ");
            chinese.append(Numbers.count(answer.rows())).append(" 行");
        }
        OtherTrials rest = OtherTrials.of(sweep, answer);
        english.append(rest.english())
                .append(edge(sweep, answer, "; the best is the ", " rate tried"))
                .append(weighed(sweep))
                .append('.');
        chinese.append(rest.chinese())
                .append(edgeZh(sweep, answer))
                .append(weighedZh(sweep))
                .append('。');
        return new AnswerSentence(english.toString(), chinese.toString(), restsOn);
    }

    private static String choice(SweepResult sweep, SweepAnswer answer, Map<Vary, String> names, String at) {
        String lr = Rates.shortName(answer.lr());
        return sweep.vary() == Vary.LR
                ? lr
                : Objects.requireNonNull(names.get(sweep.vary())) + answer.value() + at + lr;
    }

    private static String settings(SweepResult sweep) {
        return method(sweep) + ", batch " + sweep.settings().batch() + ", "
                + sweep.settings().schedule();
    }

    private static String settingsZh(SweepResult sweep) {
        return (sweep.settings().method().equals("full") ? "全参数" : method(sweep)) + "，批大小 "
                + sweep.settings().batch() + "，" + sweep.settings().schedule();
    }

    private static String method(SweepResult sweep) {
        SweepSettings settings = sweep.settings();
        if (!settings.method().equals("lora")) {
            return settings.method();
        }
        // a sweep of ranks has named the rank already
        return settings.loraRank() == null || sweep.vary() == Vary.LORA_RANK ? "LoRA" : "LoRA r" + settings.loraRank();
    }

    private static String asGood(SweepResult sweep, SweepAnswer answer) {
        if (sweep.vary() == Vary.LR) {
            return answer.low() == answer.high()
                    ? "no other rate tried is as good"
                    : Rates.shortName(answer.low()) + " to " + Rates.shortName(answer.high()) + " is as good";
        }
        return answer.asGood().isEmpty()
                ? "nothing else tried is as good"
                : list(answer.asGood(), " and ") + (answer.asGood().size() == 1 ? " is" : " are") + " as good";
    }

    private static String asGoodZh(SweepResult sweep, SweepAnswer answer) {
        if (sweep.vary() == Vary.LR) {
            return answer.low() == answer.high()
                    ? "试过的其他学习率都不如它"
                    : Rates.shortName(answer.low()) + " 至 " + Rates.shortName(answer.high()) + " 同样好";
        }
        return answer.asGood().isEmpty() ? "试过的其他设置都不如它" : list(answer.asGood(), "、") + " 同样好";
    }

    private static String test(SweepAnswer answer) {
        String seeds = answer.seeds() == 1 ? "1 seed" : answer.seeds() + " seeds";
        return Double.isNaN(answer.p()) ? seeds : seeds + ", paired bootstrap p " + p(answer.p());
    }

    private static String testZh(SweepAnswer answer) {
        String seeds = answer.seeds() + " 个种子";
        return Double.isNaN(answer.p()) ? seeds : seeds + "，配对自助法 p " + p(answer.p());
    }

    /** Two digits, never rounded to 0 and never across 5 %. */
    private static String p(double p) {
        if (p < 0.001) {
            return "< 0.001";
        }
        String text = String.format(Locale.ROOT, p < 0.01 ? "%.3f" : "%.2f", p);
        return "= " + (Double.parseDouble(text) < 0.05 == p < 0.05 ? text : String.format(Locale.ROOT, "%.4f", p));
    }

    /** Whether the best rate is the lowest (-1) or highest (1) of those that were begun, else 0. */
    private static int side(SweepResult sweep, SweepAnswer answer) {
        List<Double> begun = sweep.trials().stream()
                .filter(trial -> trial.status() != SweepTrial.Status.WAITING)
                .map(SweepTrial::lr)
                .distinct()
                .toList();
        if (sweep.vary() != Vary.LR || begun.size() < 2) {
            return 0;
        }
        if (begun.stream().allMatch(lr -> lr >= answer.lr())) {
            return -1;
        }
        return begun.stream().allMatch(lr -> lr <= answer.lr()) ? 1 : 0;
    }

    private static String edge(SweepResult sweep, SweepAnswer answer, String before, String after) {
        int side = side(sweep, answer);
        return side == 0 ? "" : before + (side < 0 ? "lowest" : "highest") + after;
    }

    private static String edgeZh(SweepResult sweep, SweepAnswer answer) {
        int side = side(sweep, answer);
        return side == 0 ? "" : "；最好的是试过的最" + (side < 0 ? "低" : "高") + "学习率";
    }

    private static String weighed(SweepResult sweep) {
        Double people = sweep.weights().get(MetricWeight.PEOPLE);
        return sweep.weights().isEmpty()
                ? ""
                : "; judged by " + counted(sweep, ", ", people(sweep))
                        + (people != null && sweep.people() == null
                                ? "; people x " + Numbers.text(people) + " is not counted yet"
                                : "");
    }

    private static String weighedZh(SweepResult sweep) {
        Double people = sweep.weights().get(MetricWeight.PEOPLE);
        return sweep.weights().isEmpty()
                ? ""
                : "；依据 " + counted(sweep, "、", peopleZh(sweep))
                        + (people != null && sweep.people() == null ? "；人工评分 x " + Numbers.text(people) + " 尚未计入" : "");
    }

    /** The weights of a score, those of measured metrics first; what people said is among them where it counts. */
    private static String counted(SweepResult sweep, String comma, String people) {
        return people.isEmpty() ? measured(sweep, comma) : measured(sweep, comma) + comma + people;
    }

    private static String measured(SweepResult sweep, String comma) {
        List<String> parts = new ArrayList<>();
        sweep.weights().forEach((name, weight) -> {
            if (!name.equals(MetricWeight.PEOPLE)) {
                parts.add(name + " x " + Numbers.text(weight));
            }
        });
        return String.join(comma, parts);
    }

    private static String people(SweepResult sweep) {
        Double weight = sweep.weights().get(MetricWeight.PEOPLE);
        SweepResult.People people = sweep.people();
        return weight == null || people == null
                ? ""
                : "people x " + Numbers.text(weight) + " (" + Numbers.count(people.votes())
                        + (people.votes() == 1 ? " vote of " : " votes of ")
                        + (people.raters() == 1 ? "1 person" : people.raters() + " people") + ")";
    }

    private static String peopleZh(SweepResult sweep) {
        Double weight = sweep.weights().get(MetricWeight.PEOPLE);
        SweepResult.People people = sweep.people();
        return weight == null || people == null
                ? ""
                : "人工评分 x " + Numbers.text(weight) + "（" + people.raters() + " 人 " + Numbers.count(people.votes())
                        + " 票）";
    }

    private static String restsOn(SweepResult sweep) {
        boolean one = sweep.weights().isEmpty();
        String what = one ? "validation " + sweep.metric().name() : measured(sweep, ", ");
        SweepAnswer answer = sweep.answer();
        int rows = answer == null ? 0 : answer.rows();
        String over = rows == 0 ? "" : " over " + Numbers.count(rows) + (rows == 1 ? " row" : " rows");
        String people = people(sweep);
        return what + over + (people.isEmpty() ? "" : ", " + people);
    }

    /** Words with commas, and another one before the last. */
    static String list(List<String> words, String last) {
        int end = words.size() - 1;
        String comma = last.equals("、") ? "、" : ", ";
        return end < 1 ? String.join("", words) : String.join(comma, words.subList(0, end)) + last + words.get(end);
    }
}
