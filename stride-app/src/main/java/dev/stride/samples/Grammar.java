package dev.stride.samples;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Patterns of texts and chats by topic, read from a file of this package. Its lines are:
 *
 * <ul>
 *   <li>{@code # note}
 *   <li>{@code @city: name, dish} with one row a line below it, {@code Xi'an | noodles}; or {@code @color} alone with
 *       many one-column rows on a line, {@code red | blue}. A blank line ends the table.
 *   <li>{@code === topic} begins a topic; {@code === topic x2} one that is drawn twice as often
 *   <li>{@code - pattern} is a plain text, see {@link Template}
 *   <li>{@code ? pattern} and {@code ! pattern} on following lines are a user's and an assistant's messages; a blank
 *       line ends the chat
 * </ul>
 */
final class Grammar {
    /**
     * One subject with its patterns.
     *
     * @param name its name in the file
     * @param texts patterns of plain texts
     * @param chats patterns of chats, message by message
     */
    record Topic(String name, List<Template> texts, List<List<Template>> chats) {}

    private final List<Topic> topics = new ArrayList<>();
    private final Map<String, Table> tables = new HashMap<>();

    private Grammar() {}

    /**
     * Reads a file of this package.
     *
     * @throws IllegalStateException if a line is wrong, with file and line
     */
    static Grammar read(String file) {
        Grammar grammar = new Grammar();
        List<String> lines = lines(file);
        int at = 0;
        try {
            while (at < lines.size()) {
                at += grammar.readBlock(lines.subList(at, lines.size()));
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(file + ", the block at line " + (at + 1) + ": " + e.getMessage(), e);
        }
        return grammar;
    }

    /** The topics in order; one with a weight stands in the list as often. */
    List<Topic> topics() {
        return topics;
    }

    /** The topic of a name. */
    Topic topic(String name) {
        return topics.stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The table of a name. */
    Table table(String name) {
        Table table = tables.get(name);
        if (table == null) {
            throw new IllegalArgumentException("no table " + name);
        }
        return table;
    }

    /** A plain text on a topic that has some. */
    static PlainText text(Topic topic, Random random) {
        Template template = topic.texts().get(random.nextInt(topic.texts().size()));
        return new PlainText(capitalised(template.expand(new Scene(random))));
    }

    /** A chat on a topic that has some; its messages speak of the same things. */
    static Conversation chat(Topic topic, Random random) {
        List<Template> templates =
                topic.chats().get(random.nextInt(topic.chats().size()));
        Scene scene = new Scene(random);
        List<Message> messages = new ArrayList<>();
        for (Template template : templates) {
            Role role = messages.size() % 2 == 0 ? Role.USER : Role.ASSISTANT;
            messages.add(Message.of(role, capitalised(template.expand(scene))));
        }
        return new Conversation(messages);
    }

    /** Rows are written in small letters; an English sentence that begins with one gets its capital. */
    private static String capitalised(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** Reads what begins at the first line and says how many lines it was. */
    private int readBlock(List<String> lines) {
        String line = lines.get(0);
        if (line.isBlank() || line.startsWith("#")) {
            return 1;
        }
        if (line.startsWith("@")) {
            return readTable(lines);
        }
        if (line.startsWith("===")) {
            String[] words = line.substring(3).strip().split(" x");
            Topic topic = new Topic(words[0], new ArrayList<>(), new ArrayList<>());
            int weight = words.length == 1 ? 1 : Integer.parseInt(words[1]);
            for (int i = 0; i < weight; i++) {
                topics.add(topic);
            }
            return 1;
        }
        if (topics.isEmpty()) {
            throw new IllegalArgumentException("a pattern before the first topic: " + line);
        }
        Topic topic = topics.get(topics.size() - 1);
        if (line.startsWith("- ")) {
            topic.texts().add(Template.parse(line.substring(2), tables));
            return 1;
        }
        return readChat(lines, topic);
    }

    private int readTable(List<String> lines) {
        String[] head = lines.get(0).substring(1).split(": ");
        List<String> columns = head.length == 1 ? List.of("name") : List.of(head[1].split(", "));
        List<List<String>> rows = new ArrayList<>();
        int at = 1;
        for (; at < lines.size() && !lines.get(at).isBlank(); at++) {
            List<String> cells =
                    Arrays.stream(lines.get(at).split("\\|")).map(String::strip).toList();
            if (columns.size() == 1) {
                cells.forEach(cell -> rows.add(List.of(cell)));
            } else if (cells.size() == columns.size()) {
                rows.add(cells);
            } else {
                throw new IllegalArgumentException("need the columns " + columns + " in: " + lines.get(at));
            }
        }
        if (tables.put(head[0], new Table(head[0], columns, rows)) != null) {
            throw new IllegalArgumentException("a second table " + head[0]);
        }
        return at;
    }

    private int readChat(List<String> lines, Topic topic) {
        List<Template> messages = new ArrayList<>();
        int at = 0;
        for (; at < lines.size() && !lines.get(at).isBlank(); at++) {
            String mark = at % 2 == 0 ? "? " : "! ";
            if (!lines.get(at).startsWith(mark)) {
                throw new IllegalArgumentException("expected '" + mark + "' but found: " + lines.get(at));
            }
            messages.add(Template.parse(lines.get(at).substring(2), tables));
        }
        if (at % 2 != 0) {
            throw new IllegalArgumentException("a question without an answer: " + lines.get(at - 1));
        }
        topic.chats().add(messages);
        return at;
    }

    private static List<String> lines(String file) {
        try (InputStream in = Grammar.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not beside the classes of this package");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
