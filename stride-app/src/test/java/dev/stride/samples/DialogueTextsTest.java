package dev.stride.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DialogueTextsTest {
    private static final Splits<Conversation> SPLITS = SampleTexts.dialogue(1);

    /** What an answer says, by the sentence form of each rule; the names are checked against the question. */
    private static final Pattern DELIVERY = Pattern.compile("寄到(.+)走(.+)，(\\d+)天送达");

    private static final Pattern RETURN = Pattern.compile("(.+)属于(.+)，签收(\\d+)天内(.+)就能退");
    private static final Pattern LATE = Pattern.compile("(.+)的退货期是(\\d+)天，(\\d+)天(还可以退|已经不能退了)");
    private static final Pattern WARRANTY = Pattern.compile("(.+)属于(.+)，(保修\\d+个月|没有保修)");
    private static final Pattern DISCOUNT = Pattern.compile("(.+)会员打(.+)折，(.+)");
    private static final Pattern UPGRADE = Pattern.compile("(?:一年消费满(\\d+)元|注册以后)就是(.+)会员");
    private static final Pattern GIFT = Pattern.compile("(.+)会员生日当月送(.+)");
    private static final Pattern HOURS = Pattern.compile("(.+)客服(\\d+)点到(\\d+)点在线");
    private static final Pattern BRANCH = Pattern.compile("(.+)店的营业时间是(\\d+)点到(\\d+)点");

    /** The rules once more, written down apart from the program. */
    private static final Map<String, String> DAYS = Map.ofEntries(
            Map.entry("上海", "1飞鸟快递"),
            Map.entry("无锡", "1飞鸟快递"),
            Map.entry("武汉", "2飞鸟快递"),
            Map.entry("南昌", "2飞鸟快递"),
            Map.entry("北京", "3蓝鲸物流"),
            Map.entry("厦门", "3蓝鲸物流"),
            Map.entry("成都", "4蓝鲸物流"),
            Map.entry("昆明", "6山羊货运"),
            Map.entry("乌鲁木齐", "9山羊货运"));

    private static final Map<String, String> RETURNS = Map.of(
            "服饰", "15吊牌还在", "电器", "30配件齐全", "家具", "10没有组装", "图书", "7没有写字", "食品", "3没有拆封", "玩具", "14包装完好", "厨具",
            "20没有用过", "床品", "25没有洗过");
    private static final Map<String, String> WARRANTIES = Map.of(
            "服饰", "保修3个月", "电器", "保修24个月", "家具", "保修36个月", "图书", "没有保修", "食品", "没有保修", "玩具", "保修6个月", "厨具", "保修12个月",
            "床品", "保修18个月");
    private static final Map<String, String> DISCOUNTS =
            Map.of("新芽", "九八，满99元包邮", "青叶", "九五，满79元包邮", "金穗", "九，满49元包邮", "满月", "八五，全部免运费");
    private static final Map<String, String> GIFTS = Map.of("新芽", "一张贺卡", "青叶", "一枚书签", "金穗", "一只茶杯", "满月", "一个礼盒");
    private static final Map<String, Integer> SPENDING = Map.of("新芽", 0, "青叶", 500, "金穗", 2000, "满月", 5000);
    private static final Map<String, String> SERVICE = Map.of("工作日", "9-21", "周末", "10-18", "节假日", "12-17");
    private static final Map<String, String> BRANCHES =
            Map.of("上海", "10-22", "杭州", "9-20", "成都", "11-23", "北京", "10-21", "厦门", "8-19");

    @Test
    void dialogue_everyAnswer_followsTheRulesAndTheQuestion() {
        Map<Shop.Question, Integer> checked = new EnumMap<>(Shop.Question.class);
        int numThanks = 0;
        for (Conversation chat : all().toList()) {
            for (int i = 1; i < chat.messages().size(); i += 2) {
                String question = chat.messages().get(i - 1).content();
                String answer = chat.messages().get(i).content();
                if (answer.equals("不客气呢，拾月小铺祝您天天开心。")) {
                    assertThat(question).containsAnyOf("谢", "麻烦你了");
                    assertThat(i).isEqualTo(chat.messages().size() - 1);
                    numThanks++;
                } else {
                    String opening = i == 1 ? "您好呀，" : "好的呢，";
                    assertThat(answer).startsWith(opening).endsWith("，小拾随时都在哦。").hasSizeBetween(10, 50);
                    String rule = answer.substring(opening.length(), answer.length() - "，小拾随时都在哦。".length());
                    checked.merge(checkRule(question, rule), 1, Integer::sum);
                }
            }
        }
        for (Shop.Question question : Shop.Question.values()) {
            assertThat(checked.getOrDefault(question, 0)).as(question.name()).isGreaterThan(100);
        }
        assertThat(numThanks).isGreaterThan(500);
    }

    @Test
    void dialogue_splits_haveTheStatedSizesAndShareNoChat() {
        assertThat(SPLITS.train()).hasSize(1000);
        assertThat(SPLITS.validation()).hasSize(120);
        assertThat(SPLITS.test()).hasSize(120);
        assertThat(all().toList()).doesNotHaveDuplicates();
        assertThat(all()).allSatisfy(chat -> assertThat(chat.messages().size()).isIn(4, 6, 8));
    }

    @Test
    void dialogue_fullQuestions_areInOneSplitOnly() {
        Set<String> train = questions(SPLITS.train());
        Set<String> validation = questions(SPLITS.validation());
        Set<String> test = questions(SPLITS.test());
        assertThat(validation).hasSizeGreaterThan(80).doesNotContainAnyElementsOf(train);
        assertThat(test)
                .hasSizeGreaterThan(80)
                .doesNotContainAnyElementsOf(train)
                .doesNotContainAnyElementsOf(validation);
    }

    /** What the test set asks about can be known: the answers' rules all occur in training. */
    @Test
    void dialogue_thingsOfTheTest_areTaughtInTraining() {
        Set<String> taught = new HashSet<>();
        SPLITS.train().forEach(chat -> chat.messages().forEach(message -> taught.add(bare(message))));
        List<String> asked = SPLITS.test().stream()
                .flatMap(chat -> chat.messages().stream())
                .filter(message -> message.role() == Role.ASSISTANT)
                .map(DialogueTextsTest::bare)
                .filter(answer -> !answer.contains("退货期是"))
                .toList();
        long untaught =
                asked.stream().filter(answer -> !taught.contains(answer)).count();
        assertThat(asked).hasSizeGreaterThan(200);
        assertThat(untaught).isZero();
    }

    @Test
    void dialogue_sameSeed_isTheSameAndAnotherIsNot() {
        assertThat(SampleTexts.dialogue(1)).isEqualTo(SPLITS);
        assertThat(SampleTexts.dialogue(2)).isNotEqualTo(SPLITS);
    }

    private static Shop.Question checkRule(String question, String rule) {
        Matcher m = DELIVERY.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            if (DAYS.containsKey(m.group(1))) {
                assertThat(m.group(3) + m.group(2)).as(rule).isEqualTo(DAYS.get(m.group(1)));
            }
            return Shop.Question.DELIVERY;
        }
        m = RETURN.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            assertThat(m.group(3) + m.group(4)).as(rule).isEqualTo(RETURNS.get(m.group(2)));
            return Shop.Question.RETURN;
        }
        m = LATE.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1), m.group(3) + "天");
            boolean inTime = Integer.parseInt(m.group(3)) <= Integer.parseInt(m.group(2));
            assertThat(m.group(4)).as(rule).isEqualTo(inTime ? "还可以退" : "已经不能退了");
            assertThat(Shop.returnDays(m.group(1))).as(rule).isEqualTo(Integer.parseInt(m.group(2)));
            return Shop.Question.LATE_RETURN;
        }
        m = WARRANTY.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            assertThat(m.group(3)).as(rule).isEqualTo(WARRANTIES.get(m.group(2)));
            return Shop.Question.WARRANTY;
        }
        m = DISCOUNT.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            assertThat(m.group(2) + "，" + m.group(3)).as(rule).isEqualTo(DISCOUNTS.get(m.group(1)));
            return Shop.Question.DISCOUNT;
        }
        m = UPGRADE.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(2));
            int spending = m.group(1) == null ? 0 : Integer.parseInt(m.group(1));
            assertThat(spending).as(rule).isEqualTo(SPENDING.get(m.group(2)));
            return Shop.Question.UPGRADE;
        }
        m = GIFT.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            assertThat(m.group(2)).as(rule).isEqualTo(GIFTS.get(m.group(1)));
            return Shop.Question.GIFT;
        }
        m = HOURS.matcher(rule);
        if (m.matches()) {
            assertThat(question).contains(m.group(1));
            assertThat(m.group(2) + "-" + m.group(3)).as(rule).isEqualTo(SERVICE.get(m.group(1)));
            return Shop.Question.HOURS;
        }
        m = BRANCH.matcher(rule);
        assertThat(m.matches()).as("an answer of no known form: " + rule).isTrue();
        assertThat(question).contains(m.group(1));
        assertThat(m.group(2) + "-" + m.group(3)).as(rule).isEqualTo(BRANCHES.get(m.group(1)));
        return Shop.Question.BRANCH;
    }

    /** An answer without its opening, which depends on where it stands. */
    private static String bare(Message message) {
        return message.content().replaceFirst("^(您好呀|好的呢)，", "");
    }

    /** Users' messages but the short follow-ups and thanks, which only the chat before them makes into questions. */
    private static Set<String> questions(List<Conversation> chats) {
        Set<String> questions = new HashSet<>();
        for (Conversation chat : chats) {
            for (int i = 0; i < chat.messages().size(); i += 2) {
                String words = chat.messages().get(i).content();
                boolean followUp = i > 0 && words.matches("(那|如果是|换成)?.{1,4}(呢|也一样吗)？");
                if (!followUp && !words.contains("谢") && !words.contains("麻烦你了")) {
                    questions.add(words);
                }
            }
        }
        return questions;
    }

    private static Stream<Conversation> all() {
        return Stream.of(SPLITS.train(), SPLITS.validation(), SPLITS.test()).flatMap(List::stream);
    }
}
