package dev.stride.live;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * When a run's files last changed, as this process saw it. The clock of another machine that writes them may be off, so
 * the time in a file is only believed once: the first time that the file is seen, and if it does not lie ahead.
 */
final class Activity {
    private static final Duration SHORTEST = Duration.ofSeconds(30);
    private static final double STEPS = 20;
    private static final Duration AHEAD = Duration.ofSeconds(5);

    private List<FileSight> seen = List.of();
    private Instant last = Instant.EPOCH;
    private boolean believed;

    /** Takes in how the files look now. */
    void see(List<FileSight> files, Instant now) {
        if (files.equals(seen)) {
            return;
        }
        if (seen.isEmpty()) {
            last = files.stream()
                    .filter(FileSight::isFile)
                    .map(file -> file.modified().toInstant())
                    .max(Instant::compareTo)
                    .orElse(Instant.EPOCH);
            believed = !last.isAfter(now.plus(AHEAD));
        } else {
            last = now;
            believed = true;
        }
        seen = new ArrayList<>(files);
    }

    /** Whether something changed within 30 seconds, or within the time of 20 updates where that is longer. */
    boolean isRecent(Instant now, double secondsAStep) {
        Duration window = SHORTEST;
        double steps = STEPS * secondsAStep;
        if (steps > SHORTEST.toSeconds()) {
            window = Duration.ofMillis((long) Math.min(1e12, 1000 * steps));
        }
        return believed && Duration.between(last, now).compareTo(window) <= 0;
    }

    /** When something last changed. */
    Instant last() {
        return last;
    }
}
