package dev.stride.spark;

import dev.stride.config.UserException;
import dev.stride.sweep.TrialLauncher;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Opens Spark for {@code spark://HOST:PORT} and {@code local[N]}. Java's system properties {@code spark.*} are Spark's
 * settings and win over those made here.
 */
public final class SparkProvider implements TrialLauncher.Provider {
    private static final Pattern LOCAL =
            Pattern.compile("local(\\[(\\d+|\\*)(,\\d+)?\\])?|local-cluster\\[[\\d, ]+\\]");
    private static final Pattern CLUSTER = Pattern.compile("spark://([^,:]+|\\[[^]]+\\]):\\d+.*");
    private static final String JARS = "STRIDE_SPARK_JARS";
    private static final String LOOPBACK = "127.0.0.1";

    @Override
    public boolean takes(String address) {
        return LOCAL.matcher(address).matches() || CLUSTER.matcher(address).matches();
    }

    @Override
    public TrialLauncher open(
            String address, TrialLauncher.Program program, int ranks, TrialLauncher.@Nullable Share share) {
        SparkConf settings = settings(address);
        JavaSparkContext spark;
        try {
            spark = new JavaSparkContext(settings);
        } catch (RuntimeException e) {
            throw new UserException("--on " + address + ": Spark cannot be started: " + e.getMessage());
        }
        SharedSweep shared = null;
        try {
            shared = share == null ? null : SharedSweep.open(share, spark.hadoopConfiguration());
            SparkLauncher launcher = new SparkLauncher(spark, program, ranks, shared);
            launcher.await(address);
            return launcher;
        } catch (RuntimeException e) {
            spark.close();
            if (shared != null) {
                shared.close();
            }
            throw e;
        }
    }

    private static SparkConf settings(String address) {
        SparkConf conf = new SparkConf()
                .setMaster(address)
                .setIfMissing("spark.app.name", "stride sweep")
                .setIfMissing("spark.ui.enabled", "false")
                // files are read from their beginning to their end; the other reader of S3 says aloud what vanishes
                // meanwhile
                .setIfMissing("spark.hadoop.fs.s3a.input.stream.type", "classic")
                // trials last; two copies of one would write the same folder
                .set("spark.speculation", "false");
        Matcher cluster = CLUSTER.matcher(address);
        boolean here = !cluster.matches()
                || cluster.group(1).equals(LOOPBACK)
                || cluster.group(1).equals("localhost");
        if (here) {
            conf.setIfMissing("spark.driver.host", LOOPBACK).setIfMissing("spark.driver.bindAddress", LOOPBACK);
        }
        boolean inThisProcess = address.startsWith("local[") || address.equals("local");
        List<Path> jars = new ArrayList<>(inThisProcess ? List.of() : more());
        Path own = own();
        if (Files.isDirectory(own)) {
            conf.setIfMissing("spark.executor.extraClassPath", own.toString());
        } else if (!inThisProcess) {
            jars.add(own);
        }
        if (!jars.isEmpty()) {
            conf.setIfMissing(
                    "spark.jars",
                    jars.stream().map(jar -> jar.toUri().toString()).collect(Collectors.joining(",")));
        }
        return conf;
    }

    /** Jars that are not Spark's, such as the client of S3; the launcher script has them on the class path here. */
    private static List<Path> more() {
        String folder = System.getenv(JARS);
        if (folder == null || folder.isBlank()) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .map(Path::toAbsolutePath)
                    .sorted()
                    .toList();
            if (!jars.isEmpty()) {
                return jars;
            }
        } catch (IOException e) {
            throw new UserException(JARS + "=" + folder + ": the folder cannot be read: " + e.getMessage());
        }
        throw new UserException(JARS + "=" + folder + ": there is no jar in it");
    }

    /** The jar that executors need, or the folder of classes where it is not packaged. */
    private static Path own() {
        try {
            URI place = Objects.requireNonNull(
                            SparkProvider.class.getProtectionDomain().getCodeSource())
                    .getLocation()
                    .toURI();
            return Path.of(place);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the annex's own jar is at no file: " + e.getMessage(), e);
        }
    }
}
