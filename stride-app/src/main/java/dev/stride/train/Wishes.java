package dev.stride.train;

import dev.stride.distributed.Ranks;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What people ask of a run, in their order, kept until the loop has time for it. */
final class Wishes {
    private final RunRequests requests;
    private final Ranks ranks;
    private final Deque<RunRequests.Found> waiting = new ArrayDeque<>();

    /** Rank 0 finds them and tells all others, who do the same with them. */
    Wishes(RunRequests requests, Ranks ranks) {
        this.requests = requests;
        this.ranks = ranks;
    }

    /** The next one, which no longer waits; null where there is none. */
    RunRequests.@Nullable Found next() {
        if (ranks.env().isFirst()) {
            waiting.addAll(requests.take());
        }
        RunRequests.Found found = waiting.poll();
        return ranks.env().isAlone()
                ? found
                : RunRequests.Found.ofText(ranks.tell(found == null ? "" : found.toText()));
    }

    /** Whether one of those that wait wants the run to end; several ranks only agree on that between updates. */
    boolean stops() {
        if (!ranks.env().isAlone()) {
            return false;
        }
        waiting.addAll(requests.take());
        return waiting.stream()
                .anyMatch(found -> found instanceof RunRequests.Asked asked
                        && asked.request().action() == RunRequest.Action.STOP);
    }

    /** Refuses what nobody has had time for and what came in the last moment, and says so. */
    void refuseRest(String why, Consumer<String> note) {
        if (!ranks.env().isFirst()) {
            return;
        }
        waiting.addAll(requests.all());
        for (RunRequests.Found found = waiting.poll(); found != null; found = waiting.poll()) {
            refuse(found, why, note);
        }
    }

    private void refuse(RunRequests.Found found, String why, Consumer<String> note) {
        if (found instanceof RunRequests.Refused refused) {
            note.accept(refused.sentence());
        } else if (found instanceof RunRequests.Asked asked) {
            RunRequest request = asked.request();
            note.accept("A request of " + request.asker() + " to "
                    + request.action().phrase() + " is refused: " + why + words(request));
            done(asked);
        }
    }

    /** The asker's own words, to end a sentence with. */
    static String words(RunRequest request) {
        String text = request.shownText();
        return text.isEmpty() ? "." : ". In their words: " + text;
    }

    /**
     * Refuses what lies there before the run starts or goes on, so that an old wish never ends a new run.
     *
     * @param heeded the last request that the state which the run goes on from knows of; null where there is none
     * @param untold takes the reason of that request where its file is still there: the process was killed between saving
     *     the state and telling of it
     */
    void refuseOld(Progress.@Nullable Heeded heeded, Consumer<String> note, Consumer<String> untold) {
        if (!ranks.env().isFirst()) {
            return;
        }
        for (RunRequests.Found found : requests.all()) {
            if (found instanceof RunRequests.Asked asked
                    && heeded != null
                    && asked.id().equals(heeded.id())) {
                untold.accept(heeded.reason());
                requests.done(asked);
            } else {
                refuse(found, "it is from before the run was started here", note);
            }
        }
    }

    /** Takes the file of one away, since what it asks for is done or refused. */
    void done(RunRequests.Asked asked) {
        if (ranks.env().isFirst()) {
            requests.done(asked);
        }
    }
}
