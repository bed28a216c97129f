package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SharedFolder;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real files, each read whole without a bad row; the counts are those of the list beside the data. */
class SharedDataTest {
    private static DataSet read(DataOptions options, String... names) {
        List<DataFile> files = List.of(names).stream()
                .map(name -> DataFile.of(SharedFolder.require("data/" + name)))
                .toList();
        return new DataReader(options, new FakeTools()).read(files);
    }

    @ParameterizedTest
    @CsvSource({
        "advertisegen/dev.json, COLUMNS, 1070",
        "advertisegen/dev.conversations.jsonl, CHATGLM3, 1070",
        "advertisegen/train_first5000.json, COLUMNS, 5000",
        "advertisegen/train_first5000.conversations.jsonl, CHATGLM3, 5000",
        "multiturn/kdconv_dev.conversations.jsonl, CHATGLM3, 450",
        "multiturn/oaast_sft_zh.json, ALPACA, 689",
        "classification/thucnews_dev.txt, LABELS, 10000",
        "classification/waimai_10k.csv, LABELS, 11987",
        "code/humaneval_completion.conversations.jsonl, CHATGLM3, 164",
        "toolcall/glaive_zh.chatglm3.jsonl, CHATGLM3, 300",
    })
    void read_realFile_isRecognisedAndWhole(String name, DataFormat format, int rows) {
        DataSet data = read(DataOptions.DEFAULT, name);
        assertThat(data.files().get(0).format()).isEqualTo(format);
        assertThat(data.size()).isEqualTo(rows);
        assertThat(data.badRows()).isEmpty();
        assertThat(data.files().get(0).unusedKeys()).isEmpty();
    }

    @Test
    void read_humanEvalGzip_mapsItsColumns() {
        DataOptions mapped =
                DataOptions.DEFAULT.withColumns(Columns.parse("prompt=prompt,response=canonical_solution"));
        DataSet data = read(mapped, "code/HumanEval.jsonl.gz");
        assertThat(data.size()).isEqualTo(164);
        assertThat(data.files().get(0).unusedKeys()).containsExactly("entry_point", "task_id", "test");
    }

    @Test
    void read_advertiseGen_columnsEqualTheConversationsMadeFromThem() {
        DataSet columns = read(DataOptions.DEFAULT, "advertisegen/dev.json");
        DataSet conversations = read(DataOptions.DEFAULT, "advertisegen/dev.conversations.jsonl");
        assertThat(columns.size()).isEqualTo(1070);
        assertThat(columns.examples().stream().map(Example::messages).toList())
                .isEqualTo(
                        conversations.examples().stream().map(Example::messages).toList());
    }

    @Test
    void read_thucnews_hasTenClassesOfAThousandAndTheirNames() {
        DataSet ids = read(DataOptions.DEFAULT, "classification/thucnews_dev.txt");
        assertThat(ids.files().get(0).labels()).hasSize(10);
        assertThat(ids.files().get(0).labels().values()).containsOnly(1000);
        DataOptions named =
                DataOptions.DEFAULT.withClassNames(SharedFolder.require("data/classification/thucnews_class.txt"));
        DataSet names = read(named, "classification/thucnews_dev.txt");
        assertThat(names.files().get(0).labels())
                .containsOnlyKeys(
                        "finance",
                        "realty",
                        "stocks",
                        "education",
                        "science",
                        "society",
                        "politics",
                        "sports",
                        "game",
                        "entertainment");
        assertThat(ids.examples().get(0).answer()).isEqualTo("8");
        assertThat(names.examples().get(0).answer()).isEqualTo("game");
        LabelSet.of(names).requireAllOf(names);
    }

    @Test
    void read_waimai_hasItsLabels() {
        DataSet data = read(DataOptions.DEFAULT, "classification/waimai_10k.csv");
        assertThat(data.files().get(0).labels()).isEqualTo(Map.of("1", 4000, "0", 7987));
    }

    @Test
    void read_toolCalls_areAnnouncedAndObserved() {
        DataSet data = read(DataOptions.DEFAULT, "toolcall/glaive_zh.chatglm3.jsonl");
        long calls = 0;
        long observations = 0;
        for (Example example : data.examples()) {
            assertThat(example.messages().get(0).role()).isEqualTo(Role.SYSTEM);
            for (Message message : example.messages()) {
                calls += message.metadata().isEmpty() ? 0 : 1;
                observations += message.role() == Role.OBSERVATION ? 1 : 0;
            }
        }
        assertThat(calls).isEqualTo(216);
        assertThat(observations).isEqualTo(216);
    }

    /** One dev row stands twice and none in training: counted apart with a few lines of another language. */
    @Test
    void check_advertiseGen_findsItsOneDuplicateAndNoOverlap() {
        DataSet data = read(
                DataOptions.DEFAULT,
                "advertisegen/train_first5000.conversations.jsonl",
                "advertisegen/dev.conversations.jsonl");
        DataCheck check = DataCheck.of(data, null);
        assertThat(check.files()).extracting(FileCheck::examples).containsExactly(5000, 1070);
        assertThat(check.files()).extracting(FileCheck::duplicates).containsExactly(0, 1);
        assertThat(check.files().get(0).conversations()).isEqualTo(Map.of("user, assistant", 5000));
        assertThat(check.overlaps()).isEmpty();
    }

    @Test
    void check_sameRowsInTwoFormats_overlapCompletely() {
        DataSet data = read(DataOptions.DEFAULT, "advertisegen/dev.json", "advertisegen/dev.conversations.jsonl");
        assertThat(DataCheck.of(data, null).overlaps())
                .singleElement()
                .satisfies(overlap -> assertThat(overlap.rows()).isEqualTo(1070));
    }
}
