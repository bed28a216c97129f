package dev.stride.serve;

import dev.stride.chat.ChatEngine;
import dev.stride.chat.ServedModel;
import dev.stride.config.UserException;
import dev.stride.voice.Answerer;
import dev.stride.voice.Call;
import dev.stride.voice.CallLine;
import dev.stride.voice.CallParts;
import dev.stride.voice.VoiceEngines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** What calls share: the models, the engines of speech, and how many calls there may be; of a call itself they share nothing. */
final class CallDesk implements AutoCloseable {
    private static final int MOST_CALLS = 16;

    private final ChatEngine engine;
    private final ChatDefaults defaults;
    private final VoiceEngines voices;
    private final RunFiles runs;
    private final Semaphore places = new Semaphore(MOST_CALLS);
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "call-answer");
        thread.setDaemon(true);
        return thread;
    });

    CallDesk(ChatEngine engine, ChatDefaults defaults, VoiceEngines voices, RunFiles runs) {
        this.engine = engine;
        this.defaults = defaults;
        this.voices = voices;
        this.runs = runs;
    }

    VoiceEngines voices() {
        return voices;
    }

    /** Begins to talk over a line; the call itself begins with the first sound or word. */
    RealtimeCall open(ServedModel model, RealtimeCall.Line line, boolean beta) throws Wrong {
        if (!places.tryAcquire()) {
            throw new Wrong(503, MOST_CALLS + " calls are held already, which is the most; try again later");
        }
        return new RealtimeCall(this, model.name(), line, beta);
    }

    /** A call is over. */
    void left() {
        places.release();
    }

    /**
     * A call as a client wants it.
     *
     * @param before what was said before it
     * @throws Wrong where nothing here hears or speaks and the client does not either
     */
    Call call(String model, RealtimeSettings settings, List<CallLine> before, RealtimeTold told) throws Wrong {
        Answerer thinker = new EngineAnswerer(
                engine, engine.model(model), defaults, () -> system(model, settings.instructions()), threads);
        Answerer answerer = before.isEmpty()
                ? thinker
                : (lines, listener) -> {
                    List<CallLine> all = new ArrayList<>(before);
                    all.addAll(lines);
                    return thinker.answer(all, listener);
                };
        CallParts parts =
                settings.clientHears() ? voices.deafParts(answerer, settings.voice()) : heard(answerer, settings);
        if (!settings.spoken()) {
            parts = parts.withSpeakers(List.of());
        } else if (settings.clientSpeaks()) {
            parts = parts.withSpeakers(List.of(new PageSpeaker(told::piece)));
        } else if (parts.speakers().isEmpty()) {
            throw new Wrong(503, "no engine that speaks is ready on this machine: stride doctor says why");
        }
        // other clients than the page take sound as fast as it comes, as OpenAI gives it
        boolean paced = settings.binary() || settings.clientSpeaks();
        return new Call(
                parts.withTurns(settings.turns(parts.turns())).withAhead(paced ? parts.aheadMillis() : 0), told);
    }

    private CallParts heard(Answerer answerer, RealtimeSettings settings) throws Wrong {
        try {
            return voices.parts(answerer, settings.voice());
        } catch (UserException e) {
            throw new Wrong(503, String.valueOf(e.getMessage()));
        }
    }

    /** The run's facts, how to speak, and what the client adds. */
    private String system(String model, String instructions) {
        String facts = runs.briefing(model);
        return facts.isEmpty() || instructions.isEmpty() ? facts + instructions : facts + "\n" + instructions;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        voices.close();
    }
}
