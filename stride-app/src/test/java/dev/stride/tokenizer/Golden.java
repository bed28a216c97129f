package dev.stride.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The reference's outputs beside the checkout; the test is skipped, visibly, where they are absent. */
final class Golden {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Golden() {}

    static Tokenizer tokenizer() {
        return Tokenizer.read(SharedFolder.require("tokenizer/tokenizer.model"));
    }

    static List<JsonNode> lines(String name) {
        try {
            List<JsonNode> rows = new ArrayList<>();
            for (String line : Files.readAllLines(SharedFolder.require("golden/" + name))) {
                rows.add(JSON.readTree(line));
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode document(String name) {
        try {
            return JSON.readTree(SharedFolder.require("golden/" + name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }

    /** Messages of a data row: role, content, and where present metadata and loss; tool messages become two. */
    static List<Message> messages(JsonNode conversation) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : conversation) {
            String word = message.get("role").textValue();
            if (word.equals("tool")) {
                messages.addAll(ToolConversations.toolCall(message));
                continue;
            }
            for (Role role : Role.values()) {
                if (role.word().equals(word)) {
                    messages.add(new Message(
                            role,
                            message.path("metadata").asText(""),
                            message.get("content").textValue(),
                            message.path("loss").asBoolean(true)));
                }
            }
        }
        return messages;
    }
}
