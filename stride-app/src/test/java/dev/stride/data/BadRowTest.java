package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadRowTest {
    private static final String GOOD =
            "{\"conversations\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}";
    private static final String GOOD_OPENAI =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}";

    @TempDir
    Path folder;

    private static DataSet read(DataOptions options, Path file) {
        return new DataReader(options, new FakeTools()).read(List.of(DataFile.of(file)));
    }

    private static DataSet readAll(Path file) {
        return read(DataOptions.DEFAULT.withSkipBad(true), file);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"conversations\": [ | INVALID_JSON | invalid JSON",
                "{} {} | INVALID_JSON | invalid JSON",
                "{\"conversations\": [], \"conversations\": []} | INVALID_JSON | Duplicate field",
                "[1, 2] | WRONG_TYPE | the row is an array",
                "{\"conversation\": []} | MISSING_KEY | 'conversations' is missing",
                "{\"conversations\": {}} | WRONG_TYPE | conversations is an object",
                "{\"conversations\": []} | EMPTY_CONVERSATION | no messages",
                "{\"conversations\": [\"hi\"]} | WRONG_TYPE | conversations[0] is a string",
                "{\"conversations\": [{\"content\": \"a\"}]} | MISSING_KEY | 'conversations[0].role' is missing",
                "{\"conversations\": [{\"role\": \"human\", \"content\": \"a\"}]} | WRONG_ROLE | role is 'human'",
                "{\"conversations\": [{\"role\": \"user\", \"content\": \"a\"}]} | NO_ANSWER | no message of the assistant",
                "{\"conversations\": [{\"role\": \"assistant\"}]} | MISSING_KEY | 'conversations[0].content' is missing",
                "{\"conversations\": [{\"role\": \"assistant\", \"content\": null}]} | WRONG_TYPE | content is null",
                "{\"conversations\": [{\"role\": \"assistant\", \"content\": 3}]} | WRONG_TYPE | content is a number",
                "{\"conversations\": [{\"role\": \"assistant\", \"content\": \" \"}]} | EMPTY_ANSWER | message 1",
                "{\"conversations\": [{\"role\": \"assistant\", \"content\": \"a\", \"loss\": 1}]} | WRONG_TYPE | loss is a number",
                "{\"conversations\": [{\"role\": \"assistant\", \"content\": \"\\ud83d\"}]} | NOT_UTF8 | half a character",
                "{\"conversations\": [{\"role\": \"tool\", \"name\": \"f\", \"parameters\": {}}]} | MISSING_KEY | observation' is missing",
                "{\"conversations\": [{\"role\": \"tool\", \"parameters\": {}, \"observation\": 1}]} | MISSING_KEY | name' is missing",
                "{\"conversations\": [{\"role\": \"tool\", \"name\": \"f\", \"parameters\": 1, \"observation\": 1}]} | WRONG_TYPE | parameters is a number",
                "{\"tools\": \"x\", \"conversations\": []} | WRONG_TYPE | tools is a string",
            })
    void read_badConversation_saysWhatAndWhere(String line, BadRow.Kind kind, String what) throws IOException {
        BadRow row = onlyBadRow(GOOD, line);
        assertThat(row.kind()).isEqualTo(kind);
        assertThat(row.what()).contains(what);
        assertThat(row.expected()).isNotEmpty();
        assertThat(row.raw()).isEqualTo(line);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]} | TOOL_MISMATCH | answers no call",
                "{\"messages\": [{\"role\": \"bot\", \"content\": \"x\"}]} | WRONG_ROLE | role is 'bot'",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}, {\"role\": \"assistant\", \"content\": \"x\"}]} | TOOL_MISMATCH | 1 calls but 0 tool messages",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"1\", \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"2\", \"content\": \"x\"}]} | TOOL_MISMATCH | answers call '1'",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"{\"}}]}]} | WRONG_TYPE | arguments is no JSON",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"1\"}}]}]} | WRONG_TYPE | arguments holds no JSON object",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]} | WRONG_TYPE | is no text",
                "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\", \"weight\": 0.5}]} | WRONG_TYPE | weight is 0.5",
                "{\"messages\": [{\"role\": \"assistant\", \"content\": null}]} | WRONG_TYPE | content is null",
            })
    void read_badOpenAi_saysWhatAndWhere(String line, BadRow.Kind kind, String what) throws IOException {
        BadRow row = onlyBadRow(GOOD_OPENAI, line);
        assertThat(row.kind()).isEqualTo(kind);
        assertThat(row.what()).contains(what);
    }

    private BadRow onlyBadRow(String good, String line) throws IOException {
        DataSet data = readAll(file("a.jsonl", good + "\n\n" + line + "\n" + good + "\n"));
        assertThat(data.examples()).hasSize(2);
        assertThat(data.badRows()).hasSize(1);
        assertThat(data.badRows().get(0).where()).isEqualTo(folder.resolve("a.jsonl") + ":3");
        return data.badRows().get(0);
    }

    @Test
    void read_badColumnsAndTables_sayWhatIsWrong() throws IOException {
        DataSet columns = readAll(file("a.jsonl", """
                {"prompt": "a", "response": "b"}
                {"prompt": "", "response": "b"}
                {"prompt": "a", "response": ""}
                {"prompt": "a"}
                {"prompt": "a", "response": ["b"]}
                """));
        assertThat(columns.badRows())
                .extracting(BadRow::kind)
                .containsExactly(
                        BadRow.Kind.EMPTY_TEXT,
                        BadRow.Kind.EMPTY_ANSWER,
                        BadRow.Kind.MISSING_KEY,
                        BadRow.Kind.WRONG_TYPE);
        DataSet table = readAll(file("a.csv", "text,label\na,1\nb\nc,1,2\n,1\nd,\n"));
        assertThat(table.badRows())
                .extracting(BadRow::kind)
                .containsExactly(
                        BadRow.Kind.WRONG_FIELDS,
                        BadRow.Kind.WRONG_FIELDS,
                        BadRow.Kind.EMPTY_TEXT,
                        BadRow.Kind.EMPTY_ANSWER);
        assertThat(table.badRows().get(1).where()).endsWith("a.csv:4");
    }

    @Test
    void read_alpacaHistory_mustBePairs() throws IOException {
        DataSet data = readAll(file("a.jsonl", """
                {"instruction": "a", "output": "b", "history": []}
                {"instruction": "a", "output": "b", "history": [["x"]]}
                {"instruction": "a", "output": "b", "history": "x"}
                {"instruction": "", "input": "", "output": "b"}
                """));
        assertThat(data.badRows())
                .extracting(BadRow::what)
                .containsExactly(
                        "history[0] is an array of 1", "history is a text that is no JSON", "'instruction' is empty");
    }

    @Test
    void read_wrongBytes_nameTheirLineInEveryContainer() throws IOException {
        byte[] gbk = {(byte) 0xc4, (byte) 0xe3};
        for (String name : List.of("a.jsonl", "a.json", "a.csv", "a.tsv", "a.txt")) {
            String text = switch (name) {
                case "a.jsonl" -> "{\"text\": \"x\"}\n{\"text\": \"@\"}\n{\"text\": \"z\"}\n";
                case "a.json" -> "[{\"text\": \"x\"},\n{\"text\": \"@\"},\n{\"text\": \"z\"}]\n";
                case "a.csv" -> "text,label\n@,1\nb,1\n";
                case "a.tsv" -> "x\t1\n@\t1\nz\t1\n";
                default -> "x\n@\nz\n";
            };
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            int at = text.indexOf('@');
            byte[] wrong = new byte[bytes.length + 1];
            System.arraycopy(bytes, 0, wrong, 0, at);
            System.arraycopy(gbk, 0, wrong, at, 2);
            System.arraycopy(bytes, at + 1, wrong, at + 2, bytes.length - at - 1);
            DataSet data = readAll(Files.write(folder.resolve(name), wrong));
            assertThat(data.badRows()).as(name).singleElement().satisfies(row -> {
                assertThat(row.kind()).isEqualTo(BadRow.Kind.NOT_UTF8);
                assertThat(row.where()).endsWith(name + ":2");
            });
            assertThat(data.size()).as(name).isEqualTo(name.equals("a.csv") ? 1 : 2);
        }
    }

    @Test
    void read_arrayWithBrokenElement_readsTheNext() throws IOException {
        DataSet data = readAll(file("a.json", """
                [
                  {"prompt": "a ] , \\" \\\\", "response": "b"},
                  {"prompt": "missing quote, "response": "b"},
                  {"prompt": "c",
                   "response": "d"},
                  {"prompt": "e" "response": "f"},
                  7,
                ]
                """));
        assertThat(data.examples()).extracting(Example::answer).containsExactly("b", "d");
        assertThat(data.examples().get(1).source()).endsWith("a.json:4");
        assertThat(data.badRows())
                .extracting(row -> row.where().substring(row.where().lastIndexOf(':')))
                .containsExactly(":3", ":6", ":7", ":8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{\"text\": \"a\"}, {\"text\": \"b\" | do not close before the file ends",
                "[{\"text\": \"a\"}, | do not close before the file ends",
                "[{\"text\": \"a\"} | do not close before the file ends",
                "[{\"text\": \"a\"}] [] | more text after the end",
            })
    void read_arrayThatCannotGoOn_isRefusedEvenWhenSkipping(String text, String what) throws IOException {
        Path file = file("a.json", text);
        assertThatThrownBy(() -> readAll(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a.json:1")
                .hasMessageContaining(what);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {"\"b,1", "\"b\"c,1"})
    void read_csvWithWrongQuotes_isRefusedEvenWhenSkipping(String row) throws IOException {
        Path file = file("a.csv", "text,label\na,1\n" + row + "\nc,2\n");
        assertThatThrownBy(() -> readAll(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a.csv:2")
                .hasMessageContaining("quotes");
    }

    @Test
    void read_manyBadRows_shows20AndHowManyMore() throws IOException {
        Path file = file("a.jsonl", GOOD + "\n" + "{\"conversations\": []}\n".repeat(37));
        assertThatThrownBy(() -> read(DataOptions.DEFAULT, file)).isInstanceOfSatisfying(UserException.class, e -> {
            assertThat(e.problems()).hasSize(20);
            assertThat(e.problems().get(19).where()).endsWith("a.jsonl:21");
            assertThat(e).hasMessageContaining("37 of 38 rows are bad").hasMessageContaining("17 more");
        });
    }

    @Test
    void read_onlyBadRows_isRefusedEvenWhenSkipping() throws IOException {
        Path file = file("a.jsonl", "{\"prompt\": \"a\", \"response\": \"\"}\n");
        assertThatThrownBy(() -> readAll(file))
                .hasMessageContaining("no row to learn from: 1 rows read, 1 of them bad");
    }

    @Test
    void write_badRows_areJsonLinesWithTheRawText() throws IOException {
        DataSet data = readAll(file("a.jsonl", GOOD + "\n{\"conversations\": [\n[]\n"));
        Path out = folder.resolve("bad.jsonl");
        BadRow.write(out, data.badRows());
        List<String> lines = Files.readAllLines(out);
        assertThat(lines).hasSize(2);
        JsonNode first = new ObjectMapper().readTree(lines.get(0));
        assertThat(first.get("where").asText()).isEqualTo(folder.resolve("a.jsonl") + ":2");
        assertThat(first.get("raw").asText()).isEqualTo("{\"conversations\": [");
        assertThat(first.get("kind").asText()).isEqualTo("invalid JSON");
        assertThat(first.get("what").asText()).isNotEmpty();
        assertThat(first.get("expected").asText()).isEqualTo("one JSON object");
    }
}
