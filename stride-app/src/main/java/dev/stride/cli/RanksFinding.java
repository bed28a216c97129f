package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.distributed.RankEnv;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch_gloo;

/** What {@code stride doctor} says of trainings by several processes: libtorch's Gloo, and what the launcher says. */
final class RanksFinding {
    private static final String NAME = "several ranks";

    private RanksFinding() {}

    /** Looks; libtorch must have been loaded. */
    static Finding look(Map<String, String> environment) {
        try {
            Loader.load(torch_gloo.class);
        } catch (UnsatisfiedLinkError e) {
            return Finding.missing(
                    NAME,
                    "libtorch's Gloo does not load: " + e.getMessage(),
                    "this build trains with one process only; Linux has Gloo");
        }
        String how = "Gloo, by CPU and network; sums of GPU gradients go through host memory, NCCL is not used";
        try {
            RankEnv env = RankEnv.of(environment);
            if (env.isAlone()) {
                return Finding.ok(NAME, how);
            }
            String found =
                    env + " by " + env.launcher() + ", rank 0 at " + env.masterAddress() + ", port " + env.masterPort();
            try {
                InetAddress.getByName(env.masterAddress());
                return Finding.ok(NAME, how + "; " + found);
            } catch (IOException e) {
                return Finding.warn(
                        NAME,
                        found + ", a name without an address here",
                        "Give an address by MASTER_ADDR, to all ranks");
            }
        } catch (UserException e) {
            return Finding.warn(
                    NAME,
                    String.valueOf(e.getMessage()).replaceAll("\\s*\\n\\s*", "; "),
                    "Set these variables, or unset those of the launcher to train alone");
        }
    }
}
