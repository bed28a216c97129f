package dev.stride.serve;

import dev.stride.chat.ChatEngine;
import dev.stride.chat.ServedModel;
import dev.stride.config.UserException;
import dev.stride.voice.Answerer;
import dev.stride.voice.Call;
import dev.stride.voice.CallLine;
import dev.stride.voice.CallParts;
import dev.stride.voice.Recognizer;
import dev.stride.voice.Speaker;
import dev.stride.voice.SpeechText;
import dev.stride.voice.TurnSettings;
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
        if (settings.clientHears() && (settings.clientSpeaks() || !settings.spoken())) {
            return new Call(
                    parts(List.of(), speakers(settings, told), answerer, settings, CallParts.USUAL_AHEAD), told);
        }
        CallParts usual;
        try {
            usual = voices.parts(answerer, settings.voice());
        } catch (UserException e) {
            if (!settings.clientHears()) {
                throw new Wrong(503, String.valueOf(e.getMessage()));
            }
            return new Call(parts(List.of(), voices.speakers(), answerer, settings, CallParts.USUAL_AHEAD), told);
        }
        List<Speaker> speakers =
                settings.clientSpeaks() || !settings.spoken() ? speakers(settings, told) : usual.speakers();
        if (settings.spoken() && speakers.isEmpty()) {
            throw new Wrong(503, "no engine that speaks is ready on this machine: stride doctor says why");
        }
        return new Call(
                parts(
                        settings.clientHears() ? List.of() : usual.recognizers(),
                        speakers,
                        answerer,
                        settings,
                        settings.binary() ? usual.aheadMillis() : 0),
                told);
    }

    private static List<Speaker> speakers(RealtimeSettings settings, RealtimeTold told) {
        return settings.spoken() ? List.of(new PageSpeaker(told::piece)) : List.of();
    }

    private CallParts parts(
            List<Recognizer> ears, List<Speaker> mouths, Answerer answerer, RealtimeSettings settings, int ahead) {
        boolean marks = !ears.isEmpty() && ears.get(0).marksSentences();
        return new CallParts(
                voices.activity(),
                ears,
                mouths,
                answerer,
                settings.voice(),
                settings.turns(marks ? TurnSettings.USUAL : TurnSettings.WITHOUT_MARKS),
                SpeechText.Lengths.USUAL,
                ahead);
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
