package dev.stride.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final Map<String, Table> TABLES = Map.of(
            "city",
            new Table(
                    "city",
                    List.of("name", "dish"),
                    List.of(List.of("武汉", "热干面"), List.of("长沙", "臭豆腐"), List.of("兰州", "牛肉面"))));

    @Test
    void expand_slotUsedTwice_isTheSameRow() {
        Template template = Template.parse("{city}的{city.dish}，还是{city}", TABLES);
        Set<String> seen = expansions(template);
        assertThat(seen).containsExactlyInAnyOrder("武汉的热干面，还是武汉", "长沙的臭豆腐，还是长沙", "兰州的牛肉面，还是兰州");
    }

    @Test
    void expand_secondSlotOfATable_isAnotherRow() {
        Template template = Template.parse("{city}-{city2}", TABLES);
        assertThat(expansions(template)).hasSize(6).noneMatch(text -> text.split("-")[0].equals(text.split("-")[1]));
    }

    @Test
    void expand_alternatives_mayNestAndBeEmpty() {
        assertThat(expansions(Template.parse("a[b[c|d]|]e", TABLES))).containsExactlyInAnyOrder("abce", "abde", "ae");
    }

    @Test
    void expand_number_staysInItsBoundsAndIsRepeated() {
        assertThat(expansions(Template.parse("{n:8-10}={n}", TABLES))).containsExactlyInAnyOrder("8=8", "9=9", "10=10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{town}", "{city.river}", "[a|b", "a]b", "{city"})
    void parse_whatIsNoPattern_isRefusedWithThePattern(String source) {
        assertThatThrownBy(() -> Template.parse(source, TABLES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(source);
    }

    @Test
    void expand_numberWithoutBounds_isRefused() {
        Template template = Template.parse("{n}个", TABLES);
        assertThatThrownBy(() -> template.expand(new Scene(new Random(1))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("{n}");
    }

    private static Set<String> expansions(Template template) {
        Random random = new Random(1);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            seen.add(template.expand(new Scene(random)));
        }
        return seen;
    }
}
