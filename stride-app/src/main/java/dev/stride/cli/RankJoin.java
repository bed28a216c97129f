package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.distributed.Meeting;
import dev.stride.distributed.RankEnv;
import dev.stride.distributed.Ranks;
import dev.stride.torch.Native;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How this process joins the others of a training, and what it takes over from their number. */
final class RankJoin {
    /** A rank may wait so long for another that is alive, for example while rank 0 saves a large model. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(30);

    private static final String VERSION = "version";

    private RankJoin() {}

    /** Meets the others, who must be about to do the same. */
    static Ranks join(RankEnv env, RunConfig config, RankOptions options, Console console) {
        return join(env, facts(config), options.timeoutSeconds(), console);
    }

    /** Meets the others of a sweep's trial, who must have the same order. */
    static Ranks join(RankEnv env, String order, int timeoutSeconds, Console console) {
        return join(env, Map.of(VERSION, version(), "the sweep's order", order), timeoutSeconds, console);
    }

    private static Ranks join(RankEnv env, Map<String, String> facts, int timeoutSeconds, Console console) {
        if (env.isAlone()) {
            return Ranks.ALONE;
        }
        Duration patience = Duration.ofSeconds(timeoutSeconds);
        return new Meeting(env, patience).join(facts, LONGEST_WAIT, patience, sentence -> {
            console.say("stride: " + sentence + ", so " + env + " ends too. The last checkpoint is whole:"
                    + " --resume goes on from it");
            Runtime.getRuntime().halt(ExitStatus.FAILED);
        });
    }

    /** What must be the same on all ranks. */
    private static Map<String, String> facts(RunConfig config) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(VERSION, version());
        new TreeMap<>(config.settings()).forEach((path, setting) -> {
            if (setting.value() != null) {
                facts.put(path, String.join(" ", setting.placedTexts()));
            }
        });
        return facts;
    }

    private static String version() {
        return new Main.Version().getVersion()[0];
    }

    /** The configuration of this rank: a recipe's batch is for all ranks, and a device is the machine's next one. */
    static RunConfig planned(RunConfig config, RankEnv env, boolean resumes) {
        Map<String, List<String>> more = new LinkedHashMap<>();
        if (!env.isAlone() && !resumes && !config.isGiven("train.batch") && !config.isGiven("plan.ranks")) {
            more.put("plan.ranks", List.of(Integer.toString(env.world())));
        }
        if (env.isAlone() && resumes && config.train().zero()) {
            more.put("train.zero", List.of("off")); // several began it; one has all moments
        }
        if (env.localRank() > 0 && !config.isGiven("train.device") && Native.cudaDevices() > env.localRank()) {
            more.put("train.device", List.of("cuda:" + env.localRank()));
        }
        return more.isEmpty() ? config : config.withGiven(more);
    }
}
