package dev.stride.spark;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

/**
 * A trial's folder on the disk of the machine that trains it. It begins with what is on the share, and what the process
 * writes goes there, about a second behind. At its end the rest follows, and the folder is deleted here.
 */
final class TrialCopy implements Closeable {
    private static final long PAUSE_MILLIS = 1000;
    private static final int LAST_TRIES = 5;
    static final String REQUESTS = "requests/";

    private final Path scratch;
    private final Path folder;
    private final Tree disk;
    private final Tree place;
    private final Tree share;
    private final Claim claim;
    private final Thread thread = new Thread(this::follow, "share");
    private final CountDownLatch ending = new CountDownLatch(1);
    private volatile @Nullable IOException lost;
    /** What keeps the share from being whole, until it is. */
    private @Nullable IOException failure = new IOException("the copying ended by an error");

    /** Takes the trial's folder on the share and fetches it. */
    static TrialCopy begin(Share place, String name) throws IOException {
        Path scratch = Files.createTempDirectory(scratch(), "stride-trial-");
        TrialCopy copy = null;
        try {
            copy = new TrialCopy(scratch, place.open(), name);
            copy.fetch();
            copy.thread.setDaemon(true);
            copy.thread.start();
            return copy;
        } catch (IOException | RuntimeException e) {
            if (copy != null) {
                copy.giveUp(e);
            }
            delete(scratch);
            throw e;
        }
    }

    private TrialCopy(Path scratch, Tree place, String name) {
        this.scratch = scratch;
        this.folder = scratch.resolve("run");
        this.disk = new DiskTree(folder, scratch.resolve("held"));
        this.place = place;
        this.share = place.in(Share.trial(name));
        this.claim = new Claim(share, UUID.randomUUID().toString(), System::nanoTime);
    }

    /** Where Spark keeps what is large: a worker clears its folder away when the application is over. */
    private static Path scratch() throws IOException {
        String folders = Stream.of(
                        System.getenv("SPARK_EXECUTOR_DIRS"),
                        System.getenv("SPARK_LOCAL_DIRS"),
                        SparkEnv.get().conf().get("spark.local.dir", ""),
                        System.getProperty("java.io.tmpdir"))
                .filter(text -> text != null && !text.isBlank())
                .findFirst()
                .orElseThrow();
        return Files.createDirectories(Path.of(folders.split("[,:]")[0].strip()));
    }

    private void fetch() throws IOException {
        claim.take();
        // without its settings a run has not begun, whatever lies there
        if (share.list("").containsKey(Mirror.CONFIG)) {
            new Mirror(share, disk, any -> true, claim::show, System::nanoTime).pass(true);
        }
    }

    /** Nothing was changed; the sweep need not wait for more. */
    private void giveUp(Exception why) {
        boolean interrupted = Thread.interrupted(); // such a thread could write nothing
        try (place) {
            claim.free();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where the process writes. */
    Path folder() {
        return folder;
    }

    /** Where it works. */
    Path scratchFolder() {
        return scratch;
    }

    /** @throws IOException if another attempt trains this trial */
    void check() throws IOException {
        IOException found = lost;
        if (found != null) {
            throw found;
        }
    }

    private void follow() {
        Mirror mirror = new Mirror(disk, share, any -> true, claim::show, System::nanoTime);
        while (!pauses()) {
            if (!keptUp(mirror)) {
                return;
            }
        }
        for (int i = 1; i <= LAST_TRIES; i++) {
            try {
                claim.show(true);
                mirror.pass(true);
                claim.free();
                failure = null;
                return;
            } catch (IOException e) {
                failure = e;
                if (e instanceof Claim.LostException) {
                    return;
                }
            }
            sleep();
        }
    }

    /** False once the folder is another's. A share that cannot be reached now is tried again; the end says what is missing. */
    @SuppressWarnings("EmptyCatch")
    private boolean keptUp(Mirror mirror) {
        try {
            claim.show(false);
            requests();
            mirror.pass(false);
        } catch (Claim.LostException e) {
            lost = e;
            return false;
        } catch (IOException unreachable) {
            // the next pass copies it
        }
        return true;
    }

    /** What is asked of the trial on the sweep's machine; the process answers by what it writes. */
    private void requests() throws IOException {
        for (String name : List.copyOf(share.list(REQUESTS).keySet())) {
            if (isRequest(name)) {
                move(share, disk, name);
            }
        }
    }

    static boolean isRequest(String name) {
        return name.startsWith(REQUESTS) && name.endsWith(".json") && !name.startsWith(REQUESTS + ".");
    }

    /** Takes a file from one tree to another. */
    static void move(Tree from, Tree to, String name) throws IOException {
        try (InputStream in = from.open(name)) {
            byte[] bytes = in.readAllBytes();
            to.write(name, out -> out.write(bytes));
        }
        from.delete(name);
    }

    private boolean pauses() {
        try {
            return ending.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true; // nobody interrupts this thread but who wants its end
        }
    }

    @SuppressWarnings("EmptyCatch")
    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException soon) {
            // the next try comes the sooner
        }
    }

    /** Copies what is still to be copied; also in a thread that was interrupted, whose mark stays. */
    @Override
    public void close() throws IOException {
        ending.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        try {
            place.close();
            delete(scratch);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        IOException why = lost == null ? failure : lost;
        if (why != null) {
            throw new IOException("the trial's folder is not whole on the share: " + why.getMessage(), why);
        }
    }

    private static void delete(Path top) throws IOException {
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes found) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
