package dev.stride.spark;

import dev.stride.config.UserException;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.TrialLauncher;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** A sweep whose trials' folders lie on a share, and the folder here that is kept in step with it. */
final class SharedSweep implements AutoCloseable {
    private static final Set<String> KINDS = Set.of("file", "hdfs", "s3a");
    /** One file for each trial whose newest state is on the share. */
    private static final String MARKS = ".on-share";

    private final Share share;
    private final Path folder;
    private final Tree root;
    private boolean named;
    private final ExecutorService begins = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "trials onto the share");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Opens the share, and takes in what trials did there after a sweep's process was killed.
     *
     * @throws UserException if it cannot be reached or holds something else than this sweep
     */
    static SharedSweep open(TrialLauncher.Share asked, Configuration settings) {
        String address = address(asked.address());
        requireApart(address, asked.sweep());
        Tree root = null;
        try {
            Share share = new Share(address, settings);
            root = share.open();
            SharedSweep sweep = new SharedSweep(share, asked.sweep(), root);
            sweep.check();
            sweep.recover();
            return sweep;
        } catch (IOException | RuntimeException | LinkageError e) {
            close(root);
            if (e instanceof UserException wrong) {
                throw wrong;
            }
            String why = e instanceof LinkageError ? "no jar has the class " + firstLine(e) : firstLine(e);
            throw new UserException("--share " + address + ": it cannot be used: " + why
                    + ". docs/spark.md says what HDFS and S3 need");
        }
    }

    private SharedSweep(Share share, Path folder, Tree root) {
        this.share = share;
        this.folder = folder;
        this.root = root;
    }

    /** Without a slash at its end. */
    private static String address(String text) {
        try {
            URI uri = new URI(text);
            boolean complete = uri.getScheme() != null
                    && KINDS.contains(uri.getScheme())
                    && uri.getPath() != null
                    && uri.getPath().replace("/", "").length() > 0
                    && (uri.getScheme().equals("file") || uri.getAuthority() != null);
            if (complete) {
                return text.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            throw new UserException("--share " + text + ": this is no URI: " + e.getMessage());
        }
        throw new UserException("--share " + text + ": no such place for trials' folders; allowed: a folder as"
                + " hdfs://HOST:PORT/PATH, s3a://BUCKET/PATH or file:///PATH, which all machines reach");
    }

    private static void requireApart(String address, Path sweep) {
        if (!address.startsWith("file:")) {
            return;
        }
        Path place = Path.of(URI.create(address).getPath()).normalize();
        Path folder = sweep.normalize();
        if (place.startsWith(folder) || folder.startsWith(place)) {
            throw new UserException(String.format(
                    "--share %s: the sweep's folder is %s, and one lies in the other. Give them folders apart; or,"
                            + " where all machines have the sweep's folder at that path, leave --share out",
                    address, folder));
        }
    }

    private void check() throws IOException {
        Path yaml = folder.resolve(Sweep.YAML);
        Map<String, Tree.Stamp> there = root.list("");
        if (there.isEmpty()) {
            return;
        }
        if (!there.containsKey(Sweep.YAML)) {
            throw new UserException(
                    "--share " + share + ": it holds files that are not of a sweep. Give a folder that is"
                            + " empty or does not exist; nothing there was changed");
        }
        if (!Files.isRegularFile(yaml) || !Arrays.equals(Files.readAllBytes(yaml), read(Sweep.YAML))) {
            throw new UserException("--share " + share + ": it holds another sweep. Give a folder that is empty or does"
                    + " not exist, or --resume the sweep it belongs to; nothing there was changed");
        }
    }

    private byte[] read(String name) throws IOException {
        try (InputStream in = root.open(name)) {
            return in.readAllBytes();
        } catch (FileNotFoundException | NoSuchFileException gone) {
            return new byte[0];
        }
    }

    private void recover() throws IOException {
        Path marks = folder.resolve(MARKS);
        if (!Files.isDirectory(marks)) {
            return;
        }
        List<String> names;
        try (Stream<Path> files = Files.list(marks)) {
            names = files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
        for (String name : names) {
            folder(name, folder.resolve(Share.trial(name))).recover();
        }
    }

    private SharedFolder folder(String name, Path trial) {
        return new SharedFolder(trial, folder.resolve(MARKS).resolve(name), root.in(Share.trial(name)));
    }

    /**
     * A trial that begins once its folder is on the share, behind those that were started before.
     *
     * @param submit starts its job
     */
    TrialLauncher.Launched start(String name, Path trial, Supplier<TrialLauncher.Launched> submit) {
        try {
            if (!named) {
                byte[] yaml = Files.readAllBytes(folder.resolve(Sweep.YAML));
                root.write(Sweep.YAML, out -> out.write(yaml));
                named = true;
            }
            SharedTrial started = new SharedTrial(folder(name, trial), share.toString(), submit);
            begins.execute(started::begin);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + share + ": " + e.getMessage(), e);
        }
    }

    /** The place as tasks open it. */
    Share share() {
        return share;
    }

    @Override
    public void close() {
        begins.shutdown();
        close(root);
    }

    @SuppressWarnings("EmptyCatch")
    private static void close(@Nullable Tree tree) {
        try {
            if (tree != null) {
                tree.close();
            }
        } catch (IOException nothingIsWritten) {
            // all that was written was written whole
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
