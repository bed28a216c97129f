package dev.stride.distributed;

import java.nio.file.Files;
import java.nio.file.Path;

/** One rank of {@link LauncherTest}; does what its first argument says, and needs no libtorch. */
final class LauncherProbe {
    private LauncherProbe() {}

    public static void main(String[] arguments) throws Exception {
        RankEnv env = RankEnv.of(System.getenv());
        System.out.println("[Gloo] Rank " + env.rank() + " is connected");
        System.out.println(env + " of attempt " + arguments[1] + " at " + env.masterAddress());
        System.err.println("word of rank " + env.rank());
        boolean acts = env.rank() == 1;
        switch (arguments[0]) {
            case "fail":
                if (acts) {
                    System.exit(1);
                }
                Thread.sleep(60_000);
                break;
            case "killed":
                if (acts) {
                    Runtime.getRuntime().halt(137);
                }
                Thread.sleep(60_000);
                break;
            case "once": // fails in the first attempt alone
                if (arguments[1].equals("0")) {
                    if (acts) {
                        System.exit(1);
                    }
                    Thread.sleep(60_000);
                }
                break;
            case "wrong":
                System.exit(2);
                break;
            case "wait":
                Files.createFile(Path.of(arguments[2] + "-" + env.rank()));
                Thread.sleep(60_000);
                break;
            default:
        }
    }
}
