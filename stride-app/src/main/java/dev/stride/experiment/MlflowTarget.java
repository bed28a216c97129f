package dev.stride.experiment;

import dev.stride.config.UserException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An MLflow server and the experiment that runs are put into. Who asks is said by a name and password in the address, else
 * by MLflow's own variables {@code MLFLOW_TRACKING_USERNAME} and {@code MLFLOW_TRACKING_PASSWORD}, else by
 * {@code MLFLOW_TRACKING_TOKEN}; none of these is ever printed or kept.
 */
public final class MlflowTarget {
    /** The experiment where none is named. */
    public static final String EXPERIMENT = "stride";

    private static final String USER = "MLFLOW_TRACKING_USERNAME";
    private static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
    private static final String TOKEN = "MLFLOW_TRACKING_TOKEN";

    private final String server;
    private final @Nullable String experiment;
    private final String authorization;

    /**
     * A server.
     *
     * @param uri its address, {@code http://host:port}
     * @param experiment a name; null: the one that a run was put into before, else {@link #EXPERIMENT}
     * @param environment the variables of the process
     * @throws UserException if the address is none, or a name is empty
     */
    public MlflowTarget(String uri, @Nullable String experiment, Map<String, String> environment) {
        URI parsed;
        try {
            parsed = URI.create(uri.strip());
        } catch (IllegalArgumentException e) {
            throw wrong(uri);
        }
        if (parsed.getHost() == null || !Set.of("http", "https").contains(String.valueOf(parsed.getScheme()))) {
            throw wrong(uri);
        }
        if (experiment != null && experiment.isBlank()) {
            throw new UserException("--mlflow-experiment is empty; allowed: a name, for example " + EXPERIMENT);
        }
        this.authorization = authorization(parsed.getUserInfo(), environment);
        this.experiment = experiment;
        String port = parsed.getPort() < 0 ? "" : ":" + parsed.getPort();
        String path = String.valueOf(parsed.getRawPath()).replaceAll("/+$", "");
        this.server = parsed.getScheme() + "://" + parsed.getHost() + port + path;
    }

    private static UserException wrong(String uri) {
        return new UserException("--mlflow " + uri.replaceAll("//[^/@]*@", "//...@")
                + " is not the address of a server; allowed: http://HOST:PORT or https://HOST, for example"
                + " http://127.0.0.1:5000");
    }

    private static String authorization(@Nullable String inAddress, Map<String, String> environment) {
        String user = environment.getOrDefault(USER, "");
        String password = environment.getOrDefault(PASSWORD, "");
        String token = environment.getOrDefault(TOKEN, "").strip();
        if (inAddress != null) {
            return basic(inAddress);
        }
        if (!user.isEmpty() && !password.isEmpty()) {
            return basic(user + ":" + password);
        }
        if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new UserException(TOKEN + " holds a character that no token has, such as a space or a line break");
        }
        return token.isEmpty() ? "" : "Bearer " + token;
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    /** The address of the one server that a folder was sent to; null where there is none, or several. */
    public static @Nullable String serverOf(Path folder) {
        return MlflowCursor.server(folder);
    }

    /** The server's address, without name and password. */
    public String server() {
        return server;
    }

    /** The experiment that was asked for, or null. */
    @Nullable
    String experiment() {
        return experiment;
    }

    /** The header that says who asks; empty: nobody. */
    String authorization() {
        return authorization;
    }

    @Override
    public String toString() {
        return server;
    }
}
