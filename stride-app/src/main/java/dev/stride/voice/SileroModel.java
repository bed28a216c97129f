package dev.stride.voice;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * The Silero model that tells speech from everything else, loaded once for all calls. {@link #open()} gives a call its own
 * detector; what one call said is never in the state of another.
 *
 * <p>The file is {@code silero_vad_v5.onnx}, {@code silero_vad_v6.onnx} or {@code silero_vad_legacy.onnx} as the npm
 * package {@code @ricky0123/vad-web} carries them (2.3 MB, MIT); which one it is shows in the names of its inputs.
 */
public final class SileroModel implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final boolean legacy;

    /**
     * Loads a model.
     *
     * @throws UserException when the file is missing, is another model, or ONNX Runtime does not run on this machine
     */
    public SileroModel(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserException(file + ": there is no such file; allowed: a Silero model in ONNX form, as"
                    + " `npm pack @ricky0123/vad-web` brings it in dist/silero_vad_v5.onnx");
        }
        Loaded loaded = onLargeStack(() -> load(file));
        environment = loaded.environment();
        session = loaded.session();
        Set<String> inputs = session.getInputNames();
        legacy = inputs.equals(Set.of("input", "sr", "h", "c"));
        if (!legacy && !inputs.equals(Set.of("input", "sr", "state"))) {
            close();
            throw new UserException(file + ": a model with inputs " + inputs
                    + "; allowed: Silero's input, state, sr or its older input, h, c, sr");
        }
    }

    private record Loaded(OrtEnvironment environment, OrtSession session) {}

    private static Loaded load(Path file) {
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                return new Loaded(environment, environment.createSession(file.toString(), options));
            }
        } catch (OrtException e) {
            throw new UserException(file + ": ONNX Runtime cannot load it: " + e.getMessage());
        } catch (LinkageError e) {
            throw new UserException("ONNX Runtime does not run on this machine: " + e.getMessage()
                    + "; the detector by energy needs nothing");
        }
    }

    /**
     * Does the work in a thread with a stack of 16 MiB. Loading ONNX Runtime 1.29 takes more than the 1 MiB that a Java
     * thread has, and the process ends without a word.
     */
    private static Loaded onLargeStack(Supplier<Loaded> work) {
        FutureTask<Loaded> task = new FutureTask<>(work::get);
        Thread thread = new Thread(null, task, "voice-model-load", 16L << 20);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the model of voice activity was loaded", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UserException wrong) {
                throw wrong;
            }
            throw new IllegalStateException("the model of voice activity could not be loaded", e.getCause());
        }
    }

    /** A detector for one call. */
    public VoiceActivity open() {
        return new SileroActivity(environment, session, legacy);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not let go of the model", e);
        }
    }
}
