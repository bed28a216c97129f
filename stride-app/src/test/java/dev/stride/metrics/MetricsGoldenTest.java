package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** 64 pairs with the words and scores of jieba 0.42.1, rouge_chinese and nltk 3.8. */
class MetricsGoldenTest {
    private static final int NUM_PAIRS = 64;

    /** Double arithmetic in another order; the golden numbers are printed in full. */
    private static final double TOLERANCE = 1e-9;

    @Test
    void scores_ofTheGivenWords_areTheReferences() throws IOException {
        int numPairs = 0;
        for (JsonNode pair : pairs()) {
            Rouge rouge = Rouge.of(words(pair, "jieba_pred"), words(pair, "jieba_label"));
            double bleu = Bleu4.of(words(pair, "jieba_pred"), words(pair, "jieba_label"));
            assertScore(pair, "rouge-1", rouge.rouge1());
            assertScore(pair, "rouge-2", rouge.rouge2());
            assertScore(pair, "rouge-l", rouge.rougeL());
            assertScore(pair, "bleu-4", bleu);
            numPairs++;
        }
        assertThat(numPairs).isEqualTo(NUM_PAIRS);
    }

    @Test
    void jieba_onTheTexts_cutsNoneDifferently() throws IOException {
        Jieba jieba = new Jieba();
        int numTexts = 0;
        List<String> different = new ArrayList<>();
        for (JsonNode pair : pairs()) {
            for (String side : List.of("pred", "label")) {
                String text = pair.get(side.equals("pred") ? "pred_after_roundtrip" : "label")
                        .asText();
                List<String> words = jieba.cut(text);
                if (!words.equals(words(pair, "jieba_" + side))) {
                    different.add(String.join("|", words));
                }
                numTexts++;
            }
        }
        assertThat(numTexts).isEqualTo(2 * NUM_PAIRS);
        assertThat(different).isEmpty();
    }

    @Test
    void scorer_fromTextToMean_isTheMeanOfTheReferences() throws IOException {
        List<String> predictions = new ArrayList<>();
        List<String> references = new ArrayList<>();
        double[] sums = new double[4];
        List<String> names = List.of("rouge-1", "rouge-2", "rouge-l", "bleu-4");
        for (JsonNode pair : pairs()) {
            predictions.add(pair.get("pred_after_roundtrip").asText());
            references.add(pair.get("label").asText());
            for (int i = 0; i < sums.length; i++) {
                sums[i] += pair.get("metrics").get(names.get(i)).asDouble();
            }
        }
        TextScores mean = new TextScorer(new Jieba()).meanScore(predictions, references);
        for (int i = 0; i < sums.length; i++) {
            assertThat(mean.byName().get(names.get(i)))
                    .as(names.get(i))
                    .isEqualTo(sums[i] / NUM_PAIRS, within(TOLERANCE));
        }
    }

    private static void assertScore(JsonNode pair, String name, double actual) {
        assertThat(actual)
                .as(name + " of " + pair.get("pred").asText())
                .isEqualTo(pair.get("metrics").get(name).asDouble(), within(TOLERANCE));
    }

    private static List<String> words(JsonNode pair, String field) {
        List<String> words = new ArrayList<>();
        pair.get(field).forEach(word -> words.add(word.asText()));
        return words;
    }

    private static List<JsonNode> pairs() throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> pairs = new ArrayList<>();
        for (String line : Files.readAllLines(SharedFolder.require("golden/metrics_golden.jsonl"))) {
            pairs.add(json.readTree(line));
        }
        return pairs;
    }
}
