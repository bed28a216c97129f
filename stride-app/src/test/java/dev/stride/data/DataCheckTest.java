package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckTest {
    private static final DataCheck.Tokens TOKENS =
            new DataCheck.Tokens(Tokens::codePoints, id -> id < 2 ? "<" + id + ">" : Character.toString(id), 10);

    @TempDir
    Path folder;

    private DataSet read(Path... files) {
        return new DataReader(DataOptions.DEFAULT.withSkipBad(true), new FakeTools())
                .read(List.of(files).stream().map(DataFile::of).toList());
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path pairs(String name, String... promptsAndAnswers) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String pair : promptsAndAnswers) {
            String[] parts = pair.split("=", -1);
            text.append("{\"prompt\": \"" + parts[0] + "\", \"response\": \"" + parts[1] + "\", \"id\": 1}\n");
        }
        return file(name, text.toString());
    }

    @Test
    void of_twoFiles_countsBadRowsDuplicatesAndOverlap() throws IOException {
        Path train = pairs("train.jsonl", "a=b", "c=d", "a=b", "a=x", "e=", "a=b");
        Path val = pairs("val.jsonl", "q=r", "c=d", "=x");
        DataCheck check = DataCheck.of(read(train, val), null);
        FileCheck first = check.files().get(0);
        assertThat(first.rowsRead()).isEqualTo(6);
        assertThat(first.examples()).isEqualTo(5);
        assertThat(first.badRows()).isEqualTo(1);
        assertThat(first.emptyAnswers()).isEqualTo(1);
        assertThat(first.badByKind()).containsEntry("empty answer", 1);
        assertThat(first.duplicates()).isEqualTo(2);
        assertThat(first.firstDuplicates())
                .containsExactly(
                        new FileCheck.Twin(train + ":3", train + ":1"), new FileCheck.Twin(train + ":6", train + ":1"));
        assertThat(first.messagesByRole()).containsEntry("user", 5).containsEntry("assistant", 5);
        assertThat(first.unusedKeys()).containsExactly("id");
        assertThat(first.lengths()).isNull();
        assertThat(check.first()).isNull();
        assertThat(check.hasBadRows()).isTrue();
        FileCheck second = check.files().get(1);
        assertThat(second.firstBadRows())
                .singleElement()
                .satisfies(row -> assertThat(row.where()).isEqualTo(val + ":3"));
        assertThat(check.overlaps())
                .containsExactly(new DataCheck.Overlap(
                        val.toString(), train.toString(), 1, List.of(new FileCheck.Twin(val + ":2", train + ":2"))));
    }

    @Test
    void of_tokens_countsLengthsAndShowsTheFirstExample() throws IOException {
        Path train = pairs("train.jsonl", "ab=c", "abcdefgh=ij");
        DataCheck check = DataCheck.of(read(train), TOKENS);
        FileCheck.Lengths lengths = Objects.requireNonNull(check.files().get(0).lengths());
        assertThat(lengths.tokens()).isEqualTo(6 + 13);
        assertThat(lengths.trainedTokens()).isEqualTo(2 + 3);
        assertThat(lengths.rowsOverMaxLength()).isEqualTo(1);
        assertThat(lengths.histogram().longest()).isEqualTo(13);
        DataCheck.FirstExample first = Objects.requireNonNull(check.first());
        assertThat(first.source()).isEqualTo(train + ":1");
        assertThat(first.tokens())
                .containsExactly(
                        new DataCheck.TokenLabel(0, "<0>", -100),
                        new DataCheck.TokenLabel('a', "a", -100),
                        new DataCheck.TokenLabel('b', "b", -100),
                        new DataCheck.TokenLabel(0, "<0>", -100),
                        new DataCheck.TokenLabel('c', "c", 'c'),
                        new DataCheck.TokenLabel(1, "<1>", 1));
        assertThat(check.hasBadRows()).isFalse();
    }

    @Test
    void of_labels_areDistributedMostFrequentFirst() throws IOException {
        Path table = file("a.csv", "text,label\na,neg\nb,pos\nc,pos\n");
        assertThat(DataCheck.of(read(table), null).files().get(0).labels().toString())
                .isEqualTo("{pos=2, neg=1}");
    }

    @Test
    void shape_turns_areCounted() throws IOException {
        Path chat = file("a.jsonl", """
                {"conversations": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}
                {"conversations": [{"role": "user", "content": "a"}, {"role": "tool", "name": "f", "parameters": {}, "observation": "o"}, {"role": "assistant", "content": "d"}]}
                {"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "d"}]}
                """);
        assertThat(DataCheck.of(read(chat), null).files().get(0).conversations())
                .containsOnlyKeys(
                        "system, 2 x (user, assistant)", "user, assistant, observation, assistant", "user, assistant");
    }

    @Test
    void toText_everything_readsCalmly() throws IOException {
        Path train = pairs("train.jsonl", "ab=c", "ab=c", "abcdefgh=ij", "x=");
        Path val = pairs("val.jsonl", "ab=c");
        String text = DataCheck.of(read(train, val), TOKENS).toText().replace(folder + "/", "");
        assertThat(text).startsWith("""
                train.jsonl
                  format         columns, JSON lines
                  rows           4 read, 3 good, 1 bad
                  faults         empty answer 1
                    train.jsonl:4: the answer (message 2) is empty; allowed: a text, or "loss": false in formats that have it
                  empty answers  1
                  duplicates     1
                    train.jsonl:2 is train.jsonl:1
                  messages       user 3, assistant 3
                  conversations  1 sorts
                          3  user, assistant
                  not used       id
                  tokens         25, of which 7 are trained
                  length         6 to 13, mean 8.3, median 6, 95 % up to 13, 99 % up to 13
                """);
        assertThat(text).contains("  over 10        1 rows would be cut\n");
        assertThat(text).contains("val.jsonl: 1 rows stand also in train.jsonl\n    val.jsonl:1 is train.jsonl:1\n");
        assertThat(text).endsWith("""
                First example, train.jsonl:1: token -> label
                       0 ->      -  <0>
                      97 ->      -  a
                      98 ->      -  b
                       0 ->      -  <0>
                      99 ->     99  c
                       1 ->      1  <1>
                """);
    }

    @Test
    void toJson_fieldsAreThoseOfTheReport() throws IOException {
        Path train = pairs("train.jsonl", "ab=c", "x=");
        JsonNode json = new ObjectMapper().valueToTree(DataCheck.of(read(train), TOKENS));
        JsonNode file = json.path("files").path(0);
        assertThat(file.path("rowsRead").intValue()).isEqualTo(2);
        assertThat(file.path("badByKind").path("empty answer").intValue()).isEqualTo(1);
        assertThat(file.path("firstBadRows").path(0).path("where").textValue()).isEqualTo(train + ":2");
        assertThat(file.path("lengths").path("histogram").path("longest").intValue())
                .isEqualTo(6);
        assertThat(json.path("first").path("tokens").path(4).path("label").intValue())
                .isEqualTo('c');
    }

    @Test
    void toText_longLists_sayHowManyMore() throws IOException {
        StringBuilder rows = new StringBuilder("{\"prompt\": \"a\", \"response\": \"b\"}\n");
        rows.append("{\"prompt\": \"a\", \"response\": \"\"}\n".repeat(25));
        rows.append("{\"prompt\": \"a\", \"response\": \"b\"}\n".repeat(31));
        DataCheck check = DataCheck.of(read(file("a.jsonl", rows.toString())), null);
        assertThat(check.files().get(0).firstBadRows()).hasSize(20);
        assertThat(check.files().get(0).duplicates()).isEqualTo(31);
        assertThat(check.toText()).contains("    ... and 5 more\n").contains("    ... and 11 more\n");
    }
}
