package dev.stride.experiment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A run or a sweep in MLflow, sent from its folder and waited for: one run for it, and below a sweep's one for each trial,
 * with settings, losses, rates and scores by step, and files. Sending again sends what is new.
 */
public final class MlflowExport {
    private static final List<Duration> PAUSES = List.of(Duration.ofMillis(250), Duration.ofSeconds(1));

    private MlflowExport() {}

    /**
     * What was sent.
     *
     * @param server its address, without name and password
     * @param experiment the experiment's id
     * @param name the experiment's name
     * @param run the id of the run, or of the sweep's run
     * @param metrics values that the server did not have
     * @param notes what people should know
     */
    public record Sent(String server, String experiment, String name, String run, int metrics, List<String> notes) {
        public Sent {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Sends what the server does not have yet. A server that does not answer is asked three times.
     *
     * @param sources the run, or the sweep and then its trials
     * @throws MlflowFailure if the server does not answer or refuses; what was sent until then stays
     */
    public static Sent send(MlflowTarget target, Supplier<List<MlflowSource>> sources) {
        MlflowSession session = new MlflowSession(target, sources);
        List<String> notes = new ArrayList<>();
        for (int attempt = 0; ; attempt++) {
            try {
                session.send();
                notes.addAll(session.takeNotes());
                return new Sent(
                        session.server(),
                        session.experiment(),
                        session.name(),
                        session.run(),
                        session.sent(),
                        notes.stream().distinct().toList());
            } catch (MlflowFailure e) {
                notes.addAll(session.takeNotes());
                if (!e.isPassing()) {
                    throw e;
                }
                if (attempt == PAUSES.size()) {
                    throw e.advising("The folder is whole: run the same command again when the server is there");
                }
                pause(PAUSES.get(attempt), e);
            }
        }
    }

    private static void pause(Duration time, MlflowFailure failure) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
