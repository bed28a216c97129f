package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected texts are what Python 3.11 prints. */
class PythonTextTest {
    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "1.0, 1.0",
        "100.0, 100.0",
        "-2.5, -2.5",
        "-0.0, -0.0",
        "0.0, 0.0",
        "1e15, 1000000000000000.0",
        "9007199254740993.0, 9007199254740992.0",
        "1e16, 1e+16",
        "123456789012345680.0, 1.2345678901234568e+17",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "2e-3, 0.002",
        "0.3333333333333333, 0.3333333333333333",
        "1e23, 1e+23",
        "0x1.0p-44, 5.684341886080802e-14",
        "5e-324, 5e-324",
        "2.2e-322, 2.2e-322",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "1.5e300, 1.5e+300",
        "NaN, nan",
        "Infinity, inf",
        "-Infinity, -inf",
    })
    void floatRepr_asPython(String given, String expected) {
        assertThat(PythonText.floatRepr(Double.parseDouble(given))).isEqualTo(expected);
    }

    @Test
    void floatRepr_anyNumber_readsBackAndIsNoLongerThanJavas() {
        Random random = new Random(9);
        for (int i = 0; i < 5000; i++) {
            double number = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(number)) {
                String text = PythonText.floatRepr(number);
                assertThat(Double.parseDouble(text)).isEqualTo(number);
                assertThat(digits(text)).isLessThanOrEqualTo(digits(Double.toString(number)));
            }
        }
    }

    private static int digits(String number) {
        return number.replaceAll("[eE].*", "")
                .replaceAll("\\D", "")
                .replaceAll("^0+|0+$", "")
                .length();
    }

    @Test
    void repr_everyKindOfValue_asPython() {
        String json = """
                ["it's", "say \\"hi\\"", "it's \\"x\\"", "a\\nb\\t\\\\", "\\u0000\\u007f\\u00a0\\u200b\\u3000\\ue000中文😀\\u00ad",
                null, true, false, 1, 1.0, -7, 12345678901234567890123, {"k": [], "m": {}}, {"b": 1, "a": "x"}]
                """;
        assertThat(PythonText.repr(Golden.json(json)))
                .isEqualTo("[\"it's\", 'say \"hi\"', 'it\\'s \"x\"', 'a\\nb\\t\\\\',"
                        + " '\\x00\\x7f\\xa0\\u200b\\u3000\\ue000中文😀\\xad', None, True, False, 1, 1.0, -7,"
                        + " 12345678901234567890123, {'k': [], 'm': {}}, {'b': 1, 'a': 'x'}]");
    }

    @Test
    void repr_unpairedSurrogateAndHighUnassigned_areEscaped() {
        assertThat(PythonText.repr(JsonNodeFactory.instance.textNode("\uD83D"))).isEqualTo("'\\ud83d'");
        assertThat(PythonText.repr(JsonNodeFactory.instance.textNode(Character.toString(0xE0001))))
                .isEqualTo("'\\U000e0001'");
    }

    @Test
    void json_strings_escapeOnlyWhatPythonDoes() {
        String text = "\u0000\u001f\u007f\u2028\"\\/\n\r\t\f\b中😀";
        assertThat(PythonText.json(JsonNodeFactory.instance.textNode(text)))
                .isEqualTo("\"\\u0000\\u001f\u007f\u2028\\\"\\\\/\\n\\r\\t\\f\\b中😀\"");
    }

    @Test
    void json_oneLine_hasASpaceAfterCommaAndColon() {
        assertThat(PythonText.json(Golden.json("{\"b\":[1,2.50,true,null],\"a\":{},\"键\":\"值\",\"c\":1e400}")))
                .isEqualTo("{\"b\": [1, 2.5, true, null], \"a\": {}, \"键\": \"值\", \"c\": Infinity}");
    }

    @Test
    void jsonIndented_nested_asPythonWithIndent4() {
        assertThat(PythonText.jsonIndented(Golden.json("[{\"name\":\"f\",\"p\":{\"x\":[1,2],\"e\":[],\"o\":{}}},3]")))
                .isEqualTo("""
                        [
                            {
                                "name": "f",
                                "p": {
                                    "x": [
                                        1,
                                        2
                                    ],
                                    "e": [],
                                    "o": {}
                                }
                            },
                            3
                        ]""");
        assertThat(PythonText.jsonIndented(Golden.json("[]"))).isEqualTo("[]");
        assertThat(PythonText.jsonIndented(Golden.json("\"x\""))).isEqualTo("\"x\"");
    }
}
