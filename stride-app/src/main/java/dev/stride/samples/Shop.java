package dev.stride.samples;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of the invented shop 拾月小铺 and the fixed way its assistant 小拾 answers by them. Nothing else in the samples
 * knows these rules, so only a model that was trained on the dialogues can say them.
 *
 * <p>An answer begins with 您好呀 (the first of a chat) or 好的呢 (later ones) and ends with 小拾随时都在哦; thanks are answered by
 * one fixed sentence. Between them stands one sentence per question that repeats the thing asked about and gives the
 * rule: there is exactly one right answer.
 */
final class Shop {
    static final String NAME = "拾月小铺";
    static final String ANSWER_TO_THANKS = "不客气呢，" + NAME + "祝您天天开心。";

    /** What customers ask about; each is answered about one thing. */
    enum Question {
        DELIVERY,
        RETURN,
        LATE_RETURN,
        WARRANTY,
        DISCOUNT,
        UPGRADE,
        GIFT,
        HOURS,
        BRANCH
    }

    /** How long parcels to a city take, and who carries them. */
    record Delivery(int days, String carrier) {}

    /** What holds for a kind of product; 0 months mean no warranty. */
    record Kind(String name, int returnDays, String returnIf, int warrantyMonths) {}

    /** What a membership costs and gives. */
    record Membership(int yearlySpending, String discount, String shipping, String gift) {}

    private static final Map<String, Delivery> DELIVERIES = deliveries();
    private static final Map<String, Kind> KINDS = kinds();
    private static final Map<String, Membership> MEMBERSHIPS = memberships();
    private static final Map<String, String> HOURS = Map.of("工作日", "9点到21点", "周末", "10点到18点", "节假日", "12点到17点");
    private static final Map<String, String> BRANCHES =
            Map.of("上海", "10点到22点", "杭州", "9点到20点", "成都", "11点到23点", "北京", "10点到21点", "厦门", "8点到19点");

    private Shop() {}

    /** The things a question can be about, in a fixed order. */
    static List<String> things(Question question) {
        return switch (question) {
            case DELIVERY -> List.copyOf(DELIVERIES.keySet());
            case RETURN, LATE_RETURN, WARRANTY -> List.copyOf(KINDS.keySet());
            case DISCOUNT, UPGRADE, GIFT -> List.copyOf(MEMBERSHIPS.keySet());
            case HOURS -> HOURS.keySet().stream().sorted().toList();
            case BRANCH -> BRANCHES.keySet().stream().sorted().toList();
        };
    }

    /**
     * The assistant's answer.
     *
     * @param thing one of {@link #things}
     * @param days how many days ago a product came; only {@link Question#LATE_RETURN} looks at it
     * @param first whether it is the first answer of the chat
     */
    static String answer(Question question, String thing, int days, boolean first) {
        String rule = switch (question) {
            case DELIVERY -> delivery(thing, rule(DELIVERIES, thing));
            case RETURN -> returning(thing, rule(KINDS, thing));
            case LATE_RETURN -> lateReturn(thing, rule(KINDS, thing), days);
            case WARRANTY -> warranty(thing, rule(KINDS, thing));
            case DISCOUNT ->
                thing + "会员打" + rule(MEMBERSHIPS, thing).discount() + "，"
                        + rule(MEMBERSHIPS, thing).shipping();
            case UPGRADE -> upgrade(thing, rule(MEMBERSHIPS, thing));
            case GIFT -> thing + "会员生日当月送" + rule(MEMBERSHIPS, thing).gift();
            case HOURS -> thing + "客服" + rule(HOURS, thing) + "在线";
            case BRANCH -> thing + "店的营业时间是" + rule(BRANCHES, thing);
        };
        return (first ? "您好呀，" : "好的呢，") + rule + "，小拾随时都在哦。";
    }

    /** How many days after its arrival a product may be given back. */
    static int returnDays(String product) {
        return rule(KINDS, product).returnDays();
    }

    private static <T> T rule(Map<String, T> rules, String thing) {
        T rule = rules.get(thing);
        if (rule == null) {
            throw new IllegalArgumentException("the shop has no rule for " + thing);
        }
        return rule;
    }

    private static String delivery(String city, Delivery delivery) {
        return "寄到" + city + "走" + delivery.carrier() + "，" + delivery.days() + "天送达";
    }

    private static String returning(String product, Kind kind) {
        return product + "属于" + kind.name() + "，签收" + kind.returnDays() + "天内" + kind.returnIf() + "就能退";
    }

    private static String lateReturn(String product, Kind kind, int days) {
        return product + "的退货期是" + kind.returnDays() + "天，" + days + "天"
                + (days <= kind.returnDays() ? "还可以退" : "已经不能退了");
    }

    private static String warranty(String product, Kind kind) {
        return kind.warrantyMonths() == 0
                ? product + "属于" + kind.name() + "，没有保修"
                : product + "属于" + kind.name() + "，保修" + kind.warrantyMonths() + "个月";
    }

    private static String upgrade(String level, Membership membership) {
        return membership.yearlySpending() == 0
                ? "注册以后就是" + level + "会员"
                : "一年消费满" + membership.yearlySpending() + "元就是" + level + "会员";
    }

    private static Map<String, Delivery> deliveries() {
        Map<String, Delivery> map = new LinkedHashMap<>();
        put(map, new Delivery(1, "飞鸟快递"), "上海", "苏州", "杭州", "南京", "宁波", "无锡");
        put(map, new Delivery(2, "飞鸟快递"), "合肥", "武汉", "济南", "福州", "青岛", "南昌");
        put(map, new Delivery(3, "蓝鲸物流"), "北京", "天津", "广州", "深圳", "长沙", "厦门");
        put(map, new Delivery(4, "蓝鲸物流"), "成都", "重庆", "西安", "沈阳", "大连", "贵阳");
        put(map, new Delivery(6, "山羊货运"), "昆明", "兰州", "哈尔滨", "长春", "南宁", "海口");
        put(map, new Delivery(9, "山羊货运"), "拉萨", "西宁", "银川", "乌鲁木齐");
        return map;
    }

    private static Map<String, Kind> kinds() {
        Map<String, Kind> map = new LinkedHashMap<>();
        put(map, new Kind("服饰", 15, "吊牌还在", 3), "毛衣", "衬衫", "围巾", "帽子", "手套", "外套");
        put(map, new Kind("电器", 30, "配件齐全", 24), "电水壶", "吹风机", "加湿器", "电风扇", "电饭锅", "台灯");
        put(map, new Kind("家具", 10, "没有组装", 36), "书架", "椅子", "茶几", "衣柜", "鞋架", "书桌");
        put(map, new Kind("图书", 7, "没有写字", 0), "菜谱", "绘本", "字典", "小说", "日历", "地图");
        put(map, new Kind("食品", 3, "没有拆封", 0), "绿茶", "蜂蜜", "饼干", "坚果", "果酱", "月饼");
        put(map, new Kind("玩具", 14, "包装完好", 6), "积木", "拼图", "风筝", "布娃娃", "玩具车", "跳棋");
        put(map, new Kind("厨具", 20, "没有用过", 12), "炒锅", "菜刀", "汤勺", "砂锅", "蒸笼", "砧板");
        put(map, new Kind("床品", 25, "没有洗过", 18), "枕头", "床单", "被子", "毛毯", "凉席", "床垫");
        return map;
    }

    private static Map<String, Membership> memberships() {
        Map<String, Membership> map = new LinkedHashMap<>();
        map.put("新芽", new Membership(0, "九八折", "满99元包邮", "一张贺卡"));
        map.put("青叶", new Membership(500, "九五折", "满79元包邮", "一枚书签"));
        map.put("金穗", new Membership(2000, "九折", "满49元包邮", "一只茶杯"));
        map.put("满月", new Membership(5000, "八五折", "全部免运费", "一个礼盒"));
        return map;
    }

    private static <T> void put(Map<String, T> map, T value, String... names) {
        for (String name : names) {
            map.put(name, value);
        }
    }
}
