package dev.stride.spark;

import dev.stride.config.UserException;
import dev.stride.sweep.TrialLauncher;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Opens Spark for {@code spark://HOST:PORT} and {@code local[N]}. Java's system properties {@code spark.*} are Spark's
 * settings and win over those made here.
 */
public final class SparkProvider implements TrialLauncher.Provider {
    private static final Pattern LOCAL =
            Pattern.compile("local(\\[(\\d+|\\*)(,\\d+)?\\])?|local-cluster\\[[\\d, ]+\\]");
    private static final Pattern CLUSTER = Pattern.compile("spark://([^,:]+|\\[[^]]+\\]):\\d+.*");
    private static final String LOOPBACK = "127.0.0.1";

    @Override
    public boolean takes(String address) {
        return LOCAL.matcher(address).matches() || CLUSTER.matcher(address).matches();
    }

    @Override
    public TrialLauncher open(String address, TrialLauncher.Program program, int ranks) {
        SparkLauncher launcher;
        try {
            launcher = new SparkLauncher(new JavaSparkContext(settings(address)), program, ranks);
        } catch (RuntimeException e) {
            throw new UserException("--on " + address + ": Spark cannot be started: " + e.getMessage());
        }
        try {
            launcher.await(address);
            return launcher;
        } catch (RuntimeException e) {
            launcher.close();
            throw e;
        }
    }

    private static SparkConf settings(String address) {
        SparkConf conf = new SparkConf()
                .setMaster(address)
                .setIfMissing("spark.app.name", "stride sweep")
                .setIfMissing("spark.ui.enabled", "false")
                // trials last; two copies of one would write the same folder
                .set("spark.speculation", "false");
        Matcher cluster = CLUSTER.matcher(address);
        boolean here = !cluster.matches()
                || cluster.group(1).equals(LOOPBACK)
                || cluster.group(1).equals("localhost");
        if (here) {
            conf.setIfMissing("spark.driver.host", LOOPBACK).setIfMissing("spark.driver.bindAddress", LOOPBACK);
        }
        Path own = own();
        if (Files.isDirectory(own)) {
            conf.setIfMissing("spark.executor.extraClassPath", own.toString());
        } else if (!address.startsWith("local[") && !address.equals("local")) {
            conf.setIfMissing("spark.jars", own.toUri().toString());
        }
        return conf;
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
