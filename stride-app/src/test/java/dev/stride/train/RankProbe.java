package dev.stride.train;

import dev.stride.config.UserException;
import dev.stride.distributed.Meeting;
import dev.stride.distributed.RankEnv;
import dev.stride.distributed.Ranks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** One rank of {@link RankedRunTest}, a process of its own: {@code train|resume FOLDER FLAG VALUE ...}. */
final class RankProbe {
    private RankProbe() {}

    public static void main(String[] arguments) {
        List<String> words = List.of(arguments).subList(2, arguments.length);
        Path folder = Path.of(arguments[1]);
        Meeting meeting = new Meeting(RankEnv.of(System.getenv()), Duration.ofSeconds(60));
        try (Ranks ranks = meeting.join(
                        Map.of("settings", String.join(" ", words)),
                        Duration.ofMinutes(2),
                        Duration.ofSeconds(20),
                        RankProbe::lost);
                TrainingRun run =
                        new TrainingRun(Runs.prepare(words, ranks.env().world()), TrainCallback.NONE, ranks)) {
            if (arguments[0].equals("resume")) {
                run.resume(folder, TrainCallback.NONE, () -> false);
            } else {
                run.train(folder, TrainCallback.NONE, () -> false);
            }
            ranks.done();
        } catch (UserException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static void lost(String sentence) {
        System.err.println("lost: " + sentence);
        Runtime.getRuntime().halt(1);
    }
}
