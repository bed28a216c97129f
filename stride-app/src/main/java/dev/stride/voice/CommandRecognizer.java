package dev.stride.voice;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A program of this machine that hears, one process for each turn. Where an argument is {@code {wav}} it is started at the
 * end of the turn with the name of a WAV file; otherwise it is started at the beginning and its input is the sound as it
 * comes, 16-bit samples without a header. Each line that it prints is a part of the text.
 */
final class CommandRecognizer implements Recognizer {
    static final String FILE = "{wav}";
    private static final short[] END = new short[0];

    private final String name;
    private final List<String> command;
    private final boolean pieces;
    private final Executor threads;

    CommandRecognizer(String name, List<String> command, Executor threads) {
        this(name, command, false, threads);
    }

    private CommandRecognizer(String name, List<String> command, boolean pieces, Executor threads) {
        this.name = name;
        this.pieces = pieces;
        this.command = List.copyOf(command);
        this.threads = threads;
    }

    /** pocketsphinx: simple English. It loads its model while the user speaks, and cuts at pauses by itself. */
    static CommandRecognizer pocketsphinx(String program, Executor threads) {
        return new CommandRecognizer(
                "pocketsphinx", List.of(program, "-logfn", "/dev/null", "-infile", "/dev/stdin"), true, threads);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean marksSentences() {
        return false;
    }

    @Override
    public boolean hearsInPieces() {
        return pieces;
    }

    @Override
    public Session open(Listener listener) {
        Turn turn = new Turn(new OneResult(listener));
        try {
            threads.execute(turn::work);
        } catch (RejectedExecutionException e) {
            turn.listener.failed(new EngineFailure(name, name + " has been closed", false));
        }
        return turn;
    }

    @Override
    public void close() {}

    private final class Turn implements Session {
        final OneResult listener;
        private final BlockingQueue<short[]> sound = new LinkedBlockingQueue<>();
        private final PieceSession.Stop stop = new PieceSession.Stop();
        private final AtomicBoolean ended = new AtomicBoolean();

        Turn(OneResult listener) {
            this.listener = listener;
        }

        @Override
        public void feed(short[] samples) {
            if (samples.length > 0 && !ended.get() && !listener.isOver()) {
                sound.add(samples);
            }
        }

        @Override
        public void finish() {
            if (ended.compareAndSet(false, true)) {
                sound.add(END);
            }
        }

        @Override
        public void cancel() {
            listener.cancel();
            finish();
            stop.now();
        }

        void work() {
            @Nullable Path file = null;
            try {
                if (command.contains(FILE)) {
                    file = Files.createTempFile("stride-turn", ".wav");
                    writeFile(file);
                    if (listener.isOver()) {
                        return;
                    }
                }
                run(file);
            } catch (IOException | UncheckedIOException e) {
                fail(e.getMessage(), true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fail("it has been closed", false);
            } finally {
                if (file != null) {
                    delete(file);
                }
            }
        }

        private void run(@Nullable Path file) throws IOException, InterruptedException {
            List<String> words = new ArrayList<>(command);
            if (file != null) {
                words.replaceAll(word -> word.equals(FILE) ? file.toString() : word);
            }
            Child child = new Child(words);
            stop.by(child::kill);
            try {
                if (file == null) {
                    threads.execute(() -> stream(child));
                } else {
                    child.process().getOutputStream().close();
                }
                String text = "";
                try (BufferedReader out = new BufferedReader(
                        new InputStreamReader(child.process().getInputStream(), StandardCharsets.UTF_8))) {
                    for (String line = out.readLine(); line != null; line = out.readLine()) {
                        String part = line.strip();
                        if (!part.isEmpty()) {
                            text = TurnText.join(text, part);
                            listener.partial(text);
                        }
                    }
                }
                child.checkEnd();
                if (!ended.get()) {
                    throw new IOException("the program ended before the turn did");
                }
                listener.result(text);
            } finally {
                child.kill();
                sound.add(END);
            }
        }

        /** Writes in a thread of its own: a program that does not read must hold up nobody. */
        private void stream(Child child) {
            try (OutputStream in = child.process().getOutputStream()) {
                for (short[] next = sound.take(); next != END; next = sound.take()) {
                    in.write(new Pcm(next, Pcm.SPEECH_RATE).toBytes());
                    in.flush();
                }
            } catch (IOException e) {
                // the reader of its output says why
                child.kill();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                child.kill();
            }
        }

        private void writeFile(Path file) throws IOException, InterruptedException {
            try (OutputStream out = Files.newOutputStream(file)) {
                TurnSound all = new TurnSound();
                for (short[] next = sound.take(); next != END; next = sound.take()) {
                    all.add(next);
                }
                out.write(WavWriter.file(all.take()));
            }
        }

        private void delete(Path file) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                fail("the sound of a turn cannot be deleted: " + file, false);
            }
        }

        private void fail(@Nullable String what, boolean passing) {
            listener.failed(new EngineFailure(name, name + ": " + what, passing));
        }
    }
}
