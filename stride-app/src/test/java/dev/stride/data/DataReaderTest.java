package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import dev.stride.config.UserException;
import dev.stride.tokenizer.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataReaderTest {
    private static final String CHAT = """
            {"conversations": [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "您好！"}]}
            {"conversations": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "loss": false}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}
            """;

    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static DataSet read(DataOptions options, Path... files) {
        return new DataReader(options, new FakeTools())
                .read(Arrays.stream(files).map(DataFile::of).toList());
    }

    private static DataSet read(Path... files) {
        return read(DataOptions.DEFAULT, files);
    }

    /** Messages as "role: content", with (name) where there is metadata and ~ where nothing is trained. */
    private static List<String> spoken(DataSet data, int row) {
        return data.examples().get(row).messages().stream()
                .map(DataReaderTest::spoken)
                .toList();
    }

    private static String spoken(Message message) {
        String name = message.metadata().isEmpty() ? "" : "(" + message.metadata() + ")";
        return message.role().word() + name + (message.trained() ? ": " : "~ ") + message.content();
    }

    private static DataFormat format(DataSet data) {
        return data.files().get(0).format();
    }

    @Test
    void read_chatGlm3_keepsRolesOrderAndLoss() throws IOException {
        DataSet data = read(file("a.jsonl", CHAT));
        assertThat(format(data)).isEqualTo(DataFormat.CHATGLM3);
        assertThat(spoken(data, 0)).containsExactly("user: 你好", "assistant: 您好！");
        assertThat(spoken(data, 1)).containsExactly("system: s", "user: a", "assistant~ b", "user: c", "assistant: d");
        assertThat(data.examples().get(1).source()).isEqualTo(folder.resolve("a.jsonl") + ":2");
        assertThat(data.examples().get(1).answer()).isEqualTo("d");
        assertThat(data.examples().get(1).prompt()).hasSize(4);
    }

    @Test
    void read_chatGlm3Tools_announcesAndCalls() throws IOException {
        DataSet data = read(file("a.jsonl", """
                {"tools": [{"name": "f"}], "conversations": [{"role": "user", "content": "a"}, {"role": "tool", "name": "f", "parameters": {"x": 1}, "observation": {"y": 2}}, {"role": "assistant", "content": "b"}]}
                {"tools": [], "conversations": [{"role": "user", "content": "a"}, {"role": "tool", "name": "f", "parameters": {}, "observation": "o", "loss": false}, {"role": "assistant", "content": "b"}]}
                """));
        assertThat(spoken(data, 0))
                .containsExactly(
                        "system: tools [{\"name\":\"f\"}]",
                        "user: a",
                        "assistant(f): {\"x\":1}",
                        "observation: {\"y\":2}",
                        "assistant: b");
        assertThat(spoken(data, 1))
                .containsExactly("system: tools []", "user: a", "assistant(f)~ {}", "observation~ o", "assistant: b");
    }

    @Test
    void read_openAi_textPartsAndWeight() throws IOException {
        DataSet data = read(file("a.jsonl", """
                {"messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, {"role": "assistant", "content": "c", "weight": 0}, {"role": "user", "content": "d"}, {"role": "assistant", "content": "e", "weight": 1}]}
                """));
        assertThat(format(data)).isEqualTo(DataFormat.OPENAI);
        assertThat(spoken(data, 0)).containsExactly("system: s", "user: ab", "assistant~ c", "user: d", "assistant: e");
    }

    @Test
    void read_openAiToolCalls_pairsCallsWithTheirResultsById() throws IOException {
        DataSet data = read(file("a.jsonl", """
                {"tools": [{"type": "function", "function": {"name": "f"}}], "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\\"x\\": 1}"}}, {"id": "2", "type": "function", "function": {"name": "g", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "2", "content": "two"}, {"role": "tool", "tool_call_id": "1", "content": "one"}, {"role": "assistant", "content": "b"}]}
                {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "let me see", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}]}
                """));
        assertThat(spoken(data, 0))
                .containsExactly(
                        "system: tools [{\"name\":\"f\"}]",
                        "user: a",
                        "assistant(f): {\"x\":1}",
                        "observation: one",
                        "assistant(g): {}",
                        "observation: two",
                        "assistant: b");
        assertThat(spoken(data, 1)).containsExactly("user: a", "assistant: let me see", "assistant(f): {}");
    }

    @Test
    void read_shareGpt_mapsSpeakersAndFunctionCalls() throws IOException {
        DataSet data = read(file("a.json", """
                [
                  {"system": "s", "tools": "[{\\"name\\": \\"f\\"}]", "conversations": [
                    {"from": "human", "value": "a"},
                    {"from": "function_call", "value": "{\\"name\\": \\"f\\", \\"arguments\\": {\\"x\\": 1}}"},
                    {"from": "observation", "value": "o"},
                    {"from": "gpt", "value": "b"}]},
                  {"conversations": [{"from": "user", "value": "c"}, {"from": "assistant", "value": "d"}]}
                ]
                """));
        assertThat(format(data)).isEqualTo(DataFormat.SHAREGPT);
        assertThat(spoken(data, 0))
                .containsExactly(
                        "system: s",
                        "system: tools [{\"name\":\"f\"}]",
                        "user: a",
                        "assistant(f): {\"x\":1}",
                        "observation: o",
                        "assistant: b");
        assertThat(spoken(data, 1)).containsExactly("user: c", "assistant: d");
        assertThat(data.examples().get(1).source()).endsWith("a.json:7");
    }

    @Test
    void read_alpaca_joinsInputAndPutsHistoryFirst() throws IOException {
        DataSet data = read(file("a.json", """
                [{"instruction": "i", "input": "x", "output": "o", "history": [["h1", "h2"]], "system": "s"},
                 {"instruction": "i", "input": "", "output": "o"}]
                """));
        assertThat(format(data)).isEqualTo(DataFormat.ALPACA);
        assertThat(spoken(data, 0))
                .containsExactly("system: s", "user: h1", "assistant: h2", "user: i\nx", "assistant: o");
        assertThat(spoken(data, 1)).containsExactly("user: i", "assistant: o");
        assertThat(data.examples().get(1).source()).endsWith("a.json:2");
    }

    @Test
    void read_knownColumns_areRecognisedWithoutMapping() throws IOException {
        DataSet data = read(file("a.json", """
                {"content": "颜色#白色", "summary": "白色的衣身。", "id": 7}
                """));
        assertThat(format(data)).isEqualTo(DataFormat.COLUMNS);
        assertThat(spoken(data, 0)).containsExactly("user: 颜色#白色", "assistant: 白色的衣身。");
        assertThat(data.files().get(0).unusedKeys()).containsExactly("id");
    }

    @Test
    void read_mappedColumns_inJsonAndCsvWithHistory() throws IOException {
        DataOptions options = DataOptions.DEFAULT.withColumns(Columns.parse("prompt=q,response=a,history=h"));
        DataSet json = read(options, file("a.jsonl", "{\"q\": \"x\", \"a\": \"y\", \"h\": [[\"1\", \"2\"]]}\n"));
        DataSet csv = read(options, file("a.csv", "h,q,a\n\"[[\"\"1\"\", \"\"2\"\"]]\",x,y\n,x2,y2\n"));
        assertThat(spoken(json, 0)).containsExactly("user: 1", "assistant: 2", "user: x", "assistant: y");
        assertThat(spoken(csv, 0)).isEqualTo(spoken(json, 0));
        assertThat(spoken(csv, 1)).containsExactly("user: x2", "assistant: y2");
    }

    @Test
    void read_csvWithHeader_isLabelsWithQuotedFieldsAndTheirLines() throws IOException {
        DataSet data = read(file("a.csv", "label,review\r\n1,\"快,\n好\"\"吃\"\r\n0,慢\r\n"));
        assertThat(format(data)).isEqualTo(DataFormat.LABELS);
        assertThat(spoken(data, 0)).containsExactly("user: 快,\n好\"吃", "assistant: 1");
        assertThat(data.examples().get(1).source()).endsWith("a.csv:4");
        assertThat(data.files().get(0).labels()).containsExactly(Map.entry("1", 1), Map.entry("0", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "a.tsv", "a.csv"})
    void read_tabsWithoutHeader_findsTheLabelColumn(String name) throws IOException {
        DataSet data = read(file(name, "\"红\" 一\t3\n绿\t1\n蓝\t3\n"));
        assertThat(format(data)).isEqualTo(DataFormat.LABELS);
        assertThat(spoken(data, 0)).containsExactly("user: \"红\" 一", "assistant: 3");
        assertThat(data.files().get(0).container()).isEqualTo("a table with tabs");
        assertThat(data.size()).isEqualTo(3);
    }

    @Test
    void read_headerlessLabelFirst_isFoundToo() throws IOException {
        DataSet data = read(file("a.csv", "pos,good\nneg,bad\npos,fine\n"));
        assertThat(spoken(data, 1)).containsExactly("user: bad", "assistant: neg");
    }

    @Test
    void read_unknownHeader_asksInsteadOfTrainingIt() throws IOException {
        Path csv = file("a.csv", "tweet,mood\ngood,pos\nbad,neg\nfine,pos\n");
        assertThatThrownBy(() -> read(csv))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("tweet | mood")
                .hasMessageContaining("text=tweet,label=mood")
                .hasMessageContaining("text=1,label=2");
        DataSet data = read(DataOptions.DEFAULT.withColumns(Columns.parse("text=tweet,label=mood")), csv);
        assertThat(data.size()).isEqualTo(3);
        assertThat(read(DataOptions.DEFAULT.withColumns(Columns.parse("text=1,label=2")), csv)
                        .size())
                .isEqualTo(4);
    }

    @Test
    void read_classNames_replaceIds() throws IOException {
        Path names = file("names.txt", "finance\nsports\n\n");
        Path named = file("named.txt", "7\tfinance\n9\tsports\n");
        Path data = file("a.tsv", "x\t1\ny\t0\nz\t1\n");
        DataSet read = read(DataOptions.DEFAULT.withClassNames(names), data);
        assertThat(read.files().get(0).labels()).containsOnlyKeys("sports", "finance");
        assertThatThrownBy(() -> read(DataOptions.DEFAULT.withClassNames(named), data))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("3 of 3 rows")
                .hasMessageContaining("label '1' has no name among the 2 classes; allowed: 7, 9");
    }

    @Test
    void read_classNamesTwiceOrEmpty_isRefusedWithLines() throws IOException {
        Path names = file("names.txt", "a\n\na\n");
        Path data = file("a.tsv", "x\t1\ny\t1\n");
        assertThatThrownBy(() -> read(DataOptions.DEFAULT.withClassNames(names), data))
                .hasMessageContainingAll("names.txt:2", "names.txt:3");
    }

    @Test
    void read_jsonLabels_takeNumbersAndTruthValues() throws IOException {
        DataSet data = read(file("a.jsonl", "{\"text\": \"x\", \"label\": 3}\n{\"text\": \"y\", \"label\": true}\n"));
        assertThat(format(data)).isEqualTo(DataFormat.LABELS);
        assertThat(data.files().get(0).labels()).containsOnlyKeys("3", "true");
    }

    @Test
    void read_text_linesOrBlocks() throws IOException {
        Path text = file("a.txt", "one\ntwo\n\n\nthree\n");
        DataSet lines = read(text);
        DataSet blocks = read(DataOptions.DEFAULT.withTextUnit(DataOptions.TextUnit.BLOCK), text);
        assertThat(format(lines)).isEqualTo(DataFormat.TEXT);
        assertThat(lines.examples()).extracting(Example::answer).containsExactly("one", "two", "three");
        assertThat(blocks.examples()).extracting(Example::answer).containsExactly("one\ntwo", "three");
        assertThat(blocks.examples().get(1).source()).endsWith("a.txt:5");
        assertThat(spoken(blocks, 1)).containsExactly("assistant: three");
    }

    @Test
    void read_jsonText_isPlainTextOnlyWhenNothingElseStandsBesideIt() throws IOException {
        assertThat(format(read(file("a.jsonl", "{\"text\": \"x\", \"url\": \"u\"}\n"))))
                .isEqualTo(DataFormat.TEXT);
        Path other = file("b.jsonl", "{\"text\": \"x\", \"mood\": \"good\"}\n");
        assertThatThrownBy(() -> read(other)).hasMessageContaining("with the keys mood, text");
    }

    @Test
    void read_textWithSomeTabs_asks() throws IOException {
        Path text = file("a.txt", "one\ntwo\tthree\nfour\n");
        assertThatThrownBy(() -> read(text)).hasMessageContaining("1 of the first 3 with a tab");
        assertThat(read(DataOptions.DEFAULT.withFormat(DataFormat.TEXT), text).size())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl.gz", "a.jsonl.zst", "plain-name", "a.json.gz"})
    void read_compressed_equalsPlain(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = name.endsWith("zst") ? new ZstdOutputStream(bytes) : new GZIPOutputStream(bytes)) {
            out.write(CHAT.getBytes(StandardCharsets.UTF_8));
        }
        Path packed = Files.write(folder.resolve(name), bytes.toByteArray());
        assertThat(read(packed).examples())
                .extracting(Example::messages)
                .isEqualTo(read(file("plain.jsonl", CHAT)).examples().stream()
                        .map(Example::messages)
                        .toList());
    }

    @Test
    void read_gzipCutShort_saysWhichFile() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(CHAT.getBytes(StandardCharsets.UTF_8));
        }
        Path cut = Files.write(folder.resolve("a.jsonl.gz"), Arrays.copyOf(bytes.toByteArray(), 60));
        assertThatThrownBy(() -> read(cut))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("a.jsonl.gz");
    }

    @Test
    void read_byteOrderMark_isNoPartOfTheText() throws IOException {
        assertThat(read(file("a.jsonl", "\uFEFF" + CHAT)).size()).isEqualTo(2);
        assertThat(read(file("a.json", "\uFEFF[{\"instruction\": \"i\", \"output\": \"o\"}]"))
                        .size())
                .isEqualTo(1);
        assertThat(format(read(file("a.csv", "\uFEFFtext,label\na,b\n")))).isEqualTo(DataFormat.LABELS);
    }

    @Test
    void read_utf16_saysHowToConvert() throws IOException {
        Path file = Files.write(folder.resolve("a.jsonl"), CHAT.getBytes(StandardCharsets.UTF_16));
        assertThatThrownBy(() -> read(file)).hasMessageContaining("UTF-16").hasMessageContaining("iconv");
    }

    @Test
    void read_limit_isPerFileAndSaid() throws IOException {
        Path a = file("a.jsonl", CHAT);
        Path b = file("b.jsonl", CHAT);
        DataSet data = read(DataOptions.DEFAULT.withLimit(1), a, b);
        assertThat(data.examples()).extracting(Example::source).containsExactly(a + ":1", b + ":1");
        assertThat(data.files()).extracting(FileFacts::limited).containsExactly(true, true);
        assertThat(data.files()).extracting(FileFacts::first).containsExactly(0, 1);
        assertThat(read(DataOptions.DEFAULT.withLimit(2), a).files().get(0).limited())
                .isFalse();
    }

    @Test
    void read_missingAndUnknownFiles_areNamedTogether() throws IOException {
        Path unknown = file("a.jsonl", "{\"foo\": 1, \"bar\": 2}\n");
        Path empty = file("empty.jsonl", "\n");
        Path binary = Files.write(folder.resolve("a.parquet"), new byte[] {'P', 'A', 'R', '1', 0, 1});
        assertThatThrownBy(() -> read(unknown, folder.resolve("none.jsonl"), empty, binary))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("JSON lines with the keys bar, foo")
                .hasMessageContaining("none.jsonl does not exist")
                .hasMessageContaining("empty.jsonl has no rows")
                .hasMessageContaining("starts with 'PAR1")
                .hasMessageContaining("{\"conversations\": [{\"from\": .., \"value\": ..}, ..]}");
    }

    @Test
    void read_formatGiven_isHeldAgainstTheFile() throws IOException {
        Path csv = file("a.csv", "text,label\na,b\n");
        assertThatThrownBy(() -> read(DataOptions.DEFAULT.withFormat(DataFormat.OPENAI), csv))
                .hasMessageContaining("cannot be read as 'openai'")
                .hasMessageContaining("text | label");
        Path chat = file("a.jsonl", CHAT);
        assertThatThrownBy(() -> read(DataOptions.DEFAULT.withFormat(DataFormat.OPENAI), chat))
                .hasMessageContaining("'messages' is missing");
    }

    @Test
    void requireUsedBy_mappingThatNoFileHas_isRefused() throws IOException {
        DataSet chat = read(file("a.jsonl", CHAT));
        DataOptions mapped = DataOptions.DEFAULT.withColumns(Columns.parse("prompt=q,response=a"));
        DataSet columns = read(mapped, file("b.jsonl", "{\"q\": \"x\", \"a\": \"y\"}\n"));
        mapped.requireUsedBy(List.of(chat, columns));
        assertThatThrownBy(() -> mapped.withClassNames(Path.of("names.txt"))
                        .withTextUnit(DataOptions.TextUnit.BLOCK)
                        .withSourceCut(new DataOptions.SourceCut(3, 3))
                        .requireUsedBy(List.of(chat)))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(4));
    }
}
