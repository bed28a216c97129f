package dev.stride.samples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.stride.tokenizer.Message;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the texts of {@link SampleTexts} as the files of {@code samples/}; all UTF-8 with line feeds. */
public final class SampleWriter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SampleWriter() {}

    /**
     * Writes {@code classification/{train,validation,test}.csv} with the header {@code text,label}, and
     * {@code dialogue/} and {@code call/{train,validation,test}.jsonl} with one conversation a line, over what is there.
     *
     * @throws UncheckedIOException if a file cannot be written, naming it
     */
    public static void write(Path samplesFolder, long seed) {
        Splits<LabelledText> classification = SampleTexts.classification(seed);
        Path classes = samplesFolder.resolve("classification");
        writeCsv(classes.resolve("train.csv"), classification.train());
        writeCsv(classes.resolve("validation.csv"), classification.validation());
        writeCsv(classes.resolve("test.csv"), classification.test());
        Splits<Conversation> dialogue = SampleTexts.dialogue(seed);
        Path chats = samplesFolder.resolve("dialogue");
        writeLines(chats.resolve("train.jsonl"), jsonLines(dialogue.train()));
        writeLines(chats.resolve("validation.jsonl"), jsonLines(dialogue.validation()));
        writeLines(chats.resolve("test.jsonl"), jsonLines(dialogue.test()));
        Splits<Conversation> call = SampleTexts.call(seed);
        Path calls = samplesFolder.resolve("call");
        writeLines(calls.resolve("train.jsonl"), jsonLines(call.train()));
        writeLines(calls.resolve("validation.jsonl"), jsonLines(call.validation()));
        writeLines(calls.resolve("test.jsonl"), jsonLines(call.test()));
    }

    /**
     * Writes the general corpus: {@code pretrain.txt} with one plain text a line, and {@code pretrain.jsonl} with one
     * conversation a line.
     *
     * @throws UncheckedIOException if a file cannot be written, naming it
     */
    public static void writePretrain(Path folder, long seed) {
        List<String> texts = new ArrayList<>();
        List<Conversation> chats = new ArrayList<>();
        SampleTexts.pretrain(seed).forEach(item -> {
            if (item instanceof PlainText plain) {
                texts.add(plain.text());
            } else if (item instanceof Conversation chat) {
                chats.add(chat);
            }
        });
        writeLines(folder.resolve("pretrain.txt"), texts);
        writeLines(folder.resolve("pretrain.jsonl"), jsonLines(chats));
    }

    private static void writeCsv(Path file, List<LabelledText> rows) {
        try (BufferedWriter out = open(file);
                CsvWriter csv =
                        CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out)) {
            csv.writeRecord("text", "label");
            rows.forEach(row -> csv.writeRecord(row.text(), row.label()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private static void writeLines(Path file, List<String> lines) {
        try (BufferedWriter out = open(file)) {
            for (String line : lines) {
                out.write(line);
                out.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private static BufferedWriter open(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        return Files.newBufferedWriter(file);
    }

    private static List<String> jsonLines(List<Conversation> chats) {
        List<String> lines = new ArrayList<>();
        for (Conversation chat : chats) {
            ObjectNode row = JSON.createObjectNode();
            ArrayNode messages = row.putArray("conversations");
            for (Message message : chat.messages()) {
                messages.addObject().put("role", message.role().word()).put("content", message.content());
            }
            try {
                lines.add(JSON.writeValueAsString(row));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException("cannot write a conversation as JSON", e);
            }
        }
        return lines;
    }
}
