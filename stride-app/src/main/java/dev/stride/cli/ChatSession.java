package dev.stride.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.AnswerReader;
import dev.stride.chat.AnswerTurn;
import dev.stride.chat.ChatAnswer;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatForm;
import dev.stride.chat.ChatPiece;
import dev.stride.chat.ChatRefusal;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.ServedModel;
import dev.stride.config.UserException;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One conversation in the terminal: what was said, and the commands that begin with a slash. */
final class ChatSession {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final List<String> HELP = List.of(
            "/reset          忘掉对话，从头开始 · forget the conversation",
            "/system TEXT    系统消息；不写内容则去掉 · the system message; without a text there is none",
            "/tools FILE     可调用的工具（JSON 数组）；不写文件则去掉 · tools that may be called (a JSON array); without a file none",
            "/save FILE      把对话存为一行训练数据 · append the conversation as a row of training data",
            "/help           这些说明 · this",
            "/quit           结束 · leave");

    private final Console console;
    private final boolean terminal;
    private final ChatEngine engine;
    private final ServedModel model;
    private final ChatForm form;
    private final Sampling sampling;
    private final List<Message> history = new ArrayList<>();
    private @Nullable String system;
    private @Nullable JsonNode tools;
    private boolean called; // the last turn was a call, so what is typed next is what the tool said
    private int answers;
    private boolean shown; // words of the current answer
    private volatile @Nullable ChatAnswer current;

    ChatSession(Console console, boolean terminal, ChatEngine engine, ServedModel model, Sampling sampling) {
        this.console = console;
        this.terminal = terminal;
        this.engine = engine;
        this.model = model;
        this.form = model.form();
        this.sampling = sampling;
    }

    /** Begins with a system message and tools; what cannot be read ends the program before the first line. */
    void begin(@Nullable String systemText, @Nullable Path toolsFile) {
        system = systemText;
        if (toolsFile != null) {
            setTools(toolsFile);
        }
    }

    /** Ends the answer that is being written; false where none is, or it was ended already. */
    boolean stopAnswer() {
        ChatAnswer writing = current;
        current = null;
        if (writing == null) {
            return false;
        }
        writing.cancel();
        return true;
    }

    /** Answers line after line until the end of the input or /quit. */
    void run(BufferedReader in) {
        if (terminal) {
            console.say(model.name() + "：/help 看命令，Ctrl-C 停止 · /help lists commands, Ctrl-C stops");
        }
        try {
            String line = ask(in);
            while (line != null && !line.strip().equals("/quit")) {
                if (line.startsWith("/")) {
                    command(line.strip());
                } else if (!line.isBlank()) {
                    answer(line);
                }
                line = ask(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the input cannot be read: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable String ask(BufferedReader in) throws IOException {
        if (terminal) {
            console.err().print(called ? "工具 tool> " : "你 you> ");
            console.err().flush();
        }
        return in.readLine();
    }

    private void command(String line) {
        int space = line.indexOf(' ');
        String name = space < 0 ? line : line.substring(0, space);
        String rest = space < 0 ? "" : line.substring(space).strip();
        try {
            switch (name) {
                case "/reset" -> forget();
                case "/system" -> system = rest.isEmpty() ? null : rest;
                case "/tools" -> {
                    if (rest.isEmpty()) {
                        tools = null;
                    } else {
                        setTools(Path.of(rest));
                    }
                }
                case "/save" -> save(rest);
                case "/help" -> HELP.forEach(console::say);
                default -> console.say("没有这个命令 · no such command: " + name + " (/help)");
            }
        } catch (UserException e) {
            console.say(String.valueOf(e.getMessage()));
        }
    }

    private void forget() {
        history.clear();
        called = false;
    }

    private void answer(String line) throws InterruptedException {
        int before = history.size();
        boolean wasCalled = called;
        history.add(Message.of(called ? Role.OBSERVATION : Role.USER, line));
        try {
            int[] prompt = form.prompt(messages(), tools);
            int room = model.contextLength() - prompt.length;
            if (room < 1) {
                throw new UserException("对话太长了 · the conversation has " + prompt.length
                        + " tokens; allowed: fewer than " + model.contextLength() + ". /reset begins anew");
            }
            write(engine.submit(ChatRequest.of(model.name(), prompt, sampling(room))));
        } catch (UserException | ChatRefusal e) {
            history.subList(before, history.size()).clear();
            called = wasCalled;
            console.say(String.valueOf(e.getMessage()));
        }
    }

    /** Each answer draws otherwise, and the whole conversation repeats with its seed. */
    private Sampling sampling(int room) {
        return new Sampling(
                sampling.temperature(),
                sampling.topK(),
                sampling.topP(),
                Math.min(room, sampling.maxNewTokens()),
                form.stopIds(),
                sampling.seed() + answers++);
    }

    private void write(ChatAnswer answer) throws InterruptedException {
        current = answer;
        shown = false;
        AnswerReader reader = form.newReader(tools != null);
        while (!answer.isDone()) {
            for (ChatPiece piece : answer.take(LOOK)) {
                show(reader.feed(piece.text()));
            }
        }
        current = null;
        show(reader.finish());
        if (shown) {
            console.print("");
        }
        ChatEnd end = answer.await();
        called = false;
        for (AnswerTurn turn : reader.turns()) {
            history.add(turn.message());
            if (turn instanceof AnswerTurn.Call call) {
                called = true;
                console.print(call.name() + " " + call.arguments());
            } else if (turn instanceof AnswerTurn.Code code) {
                console.print(code.name() + "\n" + code.content().strip());
            }
        }
        tell(end);
    }

    private void show(String text) {
        shown |= !text.isEmpty();
        console.out().print(text);
        console.out().flush();
    }

    private void tell(ChatEnd end) {
        switch (end.reason()) {
            case STOP -> {}
            case LENGTH -> console.say("（到长度上限 · cut at " + end.newTokens() + " tokens; --max-new-tokens）");
            case CANCELLED -> console.say("（已停止 · stopped）");
            case CLOSED, FAILED -> console.say(end.message());
        }
        if (terminal && end.newTokens() > 1) {
            double seconds = end.total().minus(end.firstToken()).toNanos() / 1e9;
            console.say(String.format(
                    Locale.ROOT,
                    "（%d + %d tokens, %d 已缓存 cached, %.1f tokens/s）",
                    end.promptTokens(),
                    end.newTokens(),
                    end.cachedTokens(),
                    (end.newTokens() - 1) / Math.max(seconds, 1e-9)));
        }
    }

    private List<Message> messages() {
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.of(Role.SYSTEM, system));
        }
        messages.addAll(history);
        return messages;
    }

    private void setTools(Path file) {
        JsonNode read;
        try {
            read = Json.mapper().readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new UserException(file + ": not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read: " + e.getMessage());
        }
        if (!read.isArray() || !form.hasTools()) {
            throw new UserException(file + ": "
                    + (form.hasTools()
                            ? "allowed: a JSON array of tools"
                            : "ChatGLM2 cannot be told of tools; allowed: no tools"));
        }
        tools = read;
    }

    /** One line in the format of ChatGLM3's conversations. */
    private void save(String file) {
        if (file.isEmpty()) {
            throw new UserException("/save: allowed: /save FILE");
        }
        ObjectNode row = Json.object();
        if (tools != null) {
            row.set("tools", tools);
        }
        ArrayNode conversations = row.putArray("conversations");
        for (Message message : messages()) {
            ObjectNode item =
                    conversations.addObject().put("role", message.role().word());
            if (!message.metadata().isEmpty()) {
                item.put("metadata", message.metadata());
            }
            item.put("content", message.content());
        }
        try {
            Files.writeString(
                    Path.of(file),
                    row + "\n",
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
            console.say("已保存 · saved: " + file);
        } catch (IOException e) {
            throw new UserException(file + ": cannot be written: " + e.getMessage());
        }
    }
}
