package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.tokenizer.TokenizedExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataVerbTest {
    private static final String GOOD = """
            {"prompt": "the rate", "response": "the loss"}
            {"prompt": "a step", "response": "the end"}
            {"prompt": "the rate", "response": "the loss"}
            """;

    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static VerbRun check(Object... args) {
        List<Object> all = new ArrayList<>(List.of("data", "check"));
        all.addAll(List.of(args));
        return VerbRun.of(all.toArray());
    }

    @Test
    void check_goodRows_isDone_andSaysWhatIsThere() throws IOException {
        Path rows = file("rows.jsonl", GOOD);
        VerbRun run = check(rows);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(rows.toString())
                .contains("3 read, 3 good, 0 bad")
                .contains("duplicates     1")
                .contains(rows + ":3 is " + rows + ":1")
                .doesNotContain("token -> label");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void check_badRows_namesEachAsFileAndLine_status2() throws IOException {
        Path rows =
                file("rows.jsonl", GOOD + "{\"prompt\": \"x\"}\nno json\n{\"prompt\": \"x\", \"response\": \"\"}\n");
        VerbRun run = check(rows);
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.out())
                .contains("6 read, 3 good, 3 bad")
                .contains(rows + ":4: ")
                .contains(rows + ":5: ")
                .contains(rows + ":6: ")
                .contains("empty answers  1");
        assertThat(run.err()).contains("3 bad rows").contains("--skip-bad");
    }

    @Test
    void check_skipBad_isDone_andWritesTheRows() throws IOException {
        Path rows = file("rows.jsonl", GOOD + "no json\n");
        Path val = file("val.jsonl", GOOD + "\n[1]\n");
        Path bad = folder.resolve("bad.jsonl");
        VerbRun run = check(rows, "--val", val, "--skip-bad", "--bad-rows", bad, "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("2 bad rows left out, kept in " + bad);
        assertThat(run.json().path("bad_rows").asInt()).isEqualTo(2);
        assertThat(run.json().path("bad_rows_file").asText()).isEqualTo(bad.toString());
        List<String> lines = Files.readAllLines(bad);
        assertThat(lines).hasSize(2);
        ObjectMapper mapper = new ObjectMapper();
        assertThat(mapper.readTree(lines.get(0)).path("where").asText()).isEqualTo(rows + ":4");
        assertThat(mapper.readTree(lines.get(0)).path("raw").asText()).isEqualTo("no json");
        assertThat(mapper.readTree(lines.get(1)).path("where").asText()).startsWith(val + ":");
    }

    @Test
    void check_skipBad_withoutBadRows_writesNothing() throws IOException {
        Path bad = folder.resolve("bad.jsonl");
        VerbRun run = check(file("rows.jsonl", GOOD), "--skip-bad", "--bad-rows", bad, "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(bad).doesNotExist();
        assertThat(run.json().path("bad_rows_file").isNull()).isTrue();
    }

    @Test
    void check_badRowsIntoADataFile_isRefused_andLeavesIt() throws IOException {
        Path rows = file("rows.jsonl", GOOD + "no json\n");
        VerbRun run = check(rows, "--skip-bad", "--bad-rows", folder.resolve("./rows.jsonl"));
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err()).contains("--bad-rows");
        assertThat(rows).hasContent(GOOD + "no json\n");
    }

    @Test
    void check_noGoodRow_stillNamesTheBadOnes() throws IOException {
        Path rows = file(
                "rows.jsonl", "{\"prompt\": \"x\", \"response\": \"\"}\n{\"prompt\": \"y\", \"response\": \" \"}\n");
        VerbRun run = check(rows);
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err())
                .contains("no row to learn from")
                .contains(rows + ":1: ")
                .contains(rows + ":2: ");
    }

    @Test
    void check_json_hasEveryPart() throws IOException {
        Path rows = file("rows.jsonl", GOOD);
        Path val = file("val.jsonl", "{\"prompt\": \"a step\", \"response\": \"the end\", \"id\": 1}\n");
        Path model = TinyFolder.write(folder.resolve("model"));
        VerbRun run = check(rows + ":0.5", "--val", val, "--model", model, "--max-length", 20, "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(json.path("files")).hasSize(2);
        JsonNode first = json.path("files").get(0);
        assertThat(first.path("file").asText()).isEqualTo(rows.toString());
        assertThat(first.path("rows_read").asInt()).isEqualTo(3);
        assertThat(first.path("duplicates").asInt()).isEqualTo(1);
        assertThat(first.path("messages_by_role").path("assistant").asInt()).isEqualTo(3);
        JsonNode lengths = first.path("lengths");
        assertThat(lengths.path("max_length").asInt()).isEqualTo(20);
        int rowsInBins = 0;
        for (JsonNode bin : lengths.path("histogram").path("bins")) {
            rowsInBins += bin.path("rows").asInt();
        }
        assertThat(rowsInBins).isEqualTo(3);
        assertThat(json.path("files").get(1).path("unused_keys").get(0).asText())
                .isEqualTo("id");
        assertThat(json.path("overlaps")).hasSize(1);
        assertThat(json.path("overlaps")
                        .get(0)
                        .path("first_rows")
                        .get(0)
                        .path("row")
                        .asText())
                .isEqualTo(val + ":1");
        assertThat(json.path("bad_rows").asInt()).isZero();
        JsonNode tokens = json.path("first").path("tokens");
        assertThat(json.path("first").path("source").asText()).isEqualTo(rows + ":1");
        assertThat(tokens.get(0).path("text").asText()).isEqualTo("[gMASK]");
        assertThat(tokens.get(0).path("label").asInt()).isEqualTo(TokenizedExample.IGNORE_INDEX);
        JsonNode last = tokens.get(tokens.size() - 1);
        assertThat(last.path("id").asInt()).isEqualTo(2);
        assertThat(last.path("label").asInt()).isEqualTo(2);
    }

    @Test
    void check_model_countsRowsThatWouldBeCut() throws IOException {
        Path rows = file(
                "rows.jsonl", GOOD + "{\"prompt\": \"a rate, a loss, a step, the end\", \"response\": \"the loss\"}\n");
        Path model = TinyFolder.write(folder.resolve("model"));
        JsonNode lengths = check(rows, "--model", model, "--json")
                .json()
                .path("files")
                .get(0)
                .path("lengths");
        int longest = lengths.path("histogram").path("longest").asInt();
        assertThat(lengths.path("max_length").asInt()).as("256 + 512 + 1").isEqualTo(769);
        assertThat(lengths.path("rows_over_max_length").asInt()).isZero();
        VerbRun cut = check(rows, "--model", model, "--max-length", longest - 1);
        assertThat(cut.status()).as(cut.err()).isZero();
        assertThat(cut.out()).containsPattern("over " + (longest - 1) + " +1 rows would be cut");
        JsonNode task = check(rows, "--model", model, "--task", "classification", "--json")
                .json();
        assertThat(task.path("files").get(0).path("lengths").path("max_length").asInt())
                .as("the recipe's 111 + 16 + 1")
                .isEqualTo(128);
    }

    @Test
    void check_lengthsWithoutModel_areRefusedTogether() throws IOException {
        VerbRun run = check(file("rows.jsonl", GOOD), "--max-length", 20, "--label-rule", "demo");
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err())
                .contains("data.max_length")
                .contains("data.label_rule")
                .contains("--model");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void check_labels_areCounted_andUnknownOnesRefused() throws IOException {
        Path rows = file("rows.csv", "text,label\nfine,good\nbad,poor\nnice,good\n");
        Path val = file("val.csv", "text,label\nok,good\nso so,medium\n");
        VerbRun run = check(rows, "--val", val);
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.out())
                .containsPattern("2 +good")
                .containsPattern("1 +poor")
                .containsPattern("1 +medium");
        assertThat(run.err()).contains(val + ":3").contains("'medium' (1 rows)");
        assertThat(check(rows).status()).isZero();
    }

    @Test
    void check_limits_areEachFilesOwn() throws IOException {
        Path rows = file("rows.jsonl", GOOD);
        Path val = file("val.jsonl", GOOD);
        JsonNode files = check(rows, "--val", val, "--limit", 1, "--val-limit", 2, "--json")
                .json()
                .path("files");
        assertThat(files.get(0).path("rows_read").asInt()).isEqualTo(1);
        assertThat(files.get(0).path("limited").asBoolean()).isTrue();
        assertThat(files.get(1).path("rows_read").asInt()).isEqualTo(2);
    }

    @Test
    void check_columnsAndFormat_areUsed_andRefusedWhereTheyDoNothing() throws IOException {
        Path rows = file("rows.jsonl", "{\"content\": \"a\", \"summary\": \"b\", \"other\": 1}\n");
        VerbRun mapped = check(rows, "--columns", "prompt=content,response=summary", "--format", "columns");
        assertThat(mapped.status()).as(mapped.err()).isZero();
        assertThat(mapped.out()).contains("not used       other");
        Path chat = file(
                "chat.jsonl",
                "{\"conversations\": [{\"role\": \"user\", \"content\": \"a\"},"
                        + " {\"role\": \"assistant\", \"content\": \"b\"}]}\n");
        VerbRun idle = check(chat, "--columns", "prompt=content,response=summary");
        assertThat(idle.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(idle.err()).contains("columns").contains("prompt=content");
        assertThat(idle.out()).isEmpty();
    }

    @Test
    void check_filesOfAYamlFile_andSeveralFiles() throws IOException {
        Path rows = file("rows.jsonl", GOOD);
        Path more = file("more.jsonl", "{\"prompt\": \"q\", \"response\": \"r\"}\n");
        Path yaml = file("run.yaml", "data:\n  train: [\"" + rows + "\"]\n");
        VerbRun named = check("--config", yaml, "--json");
        assertThat(named.status()).as(named.err()).isZero();
        assertThat(named.json().path("files")).hasSize(1);
        VerbRun both = check(rows, more + ":2", "--json");
        assertThat(both.status()).as(both.err()).isZero();
        assertThat(both.json().path("files").get(1).path("file").asText()).isEqualTo(more.toString());
    }

    @Test
    void check_noFile_missingFile_orNoSubcommand_isAWrongRequest() {
        VerbRun none = check();
        assertThat(none.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(none.err()).contains("no data file is given").contains("stride data check --help");
        VerbRun missing = check(folder.resolve("none.jsonl"));
        assertThat(missing.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(missing.err()).contains(folder.resolve("none.jsonl") + " does not exist");
        VerbRun alone = VerbRun.of("data");
        assertThat(alone.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(alone.err()).contains("check");
    }
}
