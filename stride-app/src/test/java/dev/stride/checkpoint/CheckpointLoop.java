package dev.stride.checkpoint;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** The child process of {@link CheckpointKillTest}: writes checkpoints for ever and says each step when it is safe. */
final class CheckpointLoop {
    private static final int PIECES = 64;
    private static final int PIECE = 8192;

    private CheckpointLoop() {}

    public static void main(String[] arguments) {
        CheckpointStore store = CheckpointStore.open(Path.of(arguments[0]));
        long step = store.latest().map(Checkpoint::step).orElse(0L);
        while (true) {
            step++;
            write(store, step);
            // every third is written twice, so that the replacement is killed too
            if (step % 3 == 0) {
                write(store, step);
            }
            System.out.println(step);
            store.prune(Retention.last(2), Map.of());
        }
    }

    private static void write(CheckpointStore store, long step) {
        store.save(step, PIECES * PIECE, target -> {
            Random random = new Random(step);
            try (WritableByteChannel channel = target.create("weights")) {
                for (int i = 0; i < PIECES; i++) {
                    channel.write(ByteBuffer.wrap(piece(random)));
                }
            }
            target.writeText("step", Long.toString(step));
        });
    }

    static byte[] content(long step) {
        Random random = new Random(step);
        ByteBuffer all = ByteBuffer.allocate(PIECES * PIECE);
        for (int i = 0; i < PIECES; i++) {
            all.put(piece(random));
        }
        return all.array();
    }

    private static byte[] piece(Random random) {
        byte[] piece = new byte[PIECE];
        random.nextBytes(piece);
        return piece;
    }
}
