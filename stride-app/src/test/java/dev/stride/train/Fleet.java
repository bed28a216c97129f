package dev.stride.train;

import dev.stride.Child;
import dev.stride.distributed.RankEnv;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All ranks of a training as processes of this machine.
 *
 * @param folder their logs lie here
 * @param processes by rank
 */
record Fleet(Path folder, List<Process> processes) {
    static Fleet start(Path folder, int world, List<String> options, Class<?> main, List<String> arguments)
            throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            processes.add(Child.start(
                    folder.resolve("rank-" + rank),
                    options,
                    new RankEnv(rank, world, rank, "127.0.0.1", port, "torchrun").toEnvironment(),
                    main,
                    arguments));
        }
        return new Fleet(folder, List.copyOf(processes));
    }

    /** Waits for all ends. */
    List<Child.Ended> await() throws InterruptedException {
        List<Child.Ended> ended = new ArrayList<>();
        for (int rank = 0; rank < processes.size(); rank++) {
            ended.add(Child.await(processes.get(rank), folder.resolve("rank-" + rank)));
        }
        return ended;
    }
}
