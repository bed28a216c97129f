package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * The calls of MLflow's documented REST interface, version 2.0, that an export needs. A server that does not answer is
 * asked three times, with a second between at most; then the call fails with one sentence.
 */
final class MlflowClient {
    private static final List<Duration> PAUSES = List.of(Duration.ofMillis(250), Duration.ofSeconds(1));
    private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final String server;
    private final String authorization;

    /**
     * @param uri of the server, {@code http://host:port}; a name and password in it are sent and never printed
     * @throws UserException if it is none
     */
    MlflowClient(String uri) {
        URI parsed;
        try {
            parsed = URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw wrong(uri);
        }
        if (parsed.getHost() == null || !Set.of("http", "https").contains(String.valueOf(parsed.getScheme()))) {
            throw wrong(uri);
        }
        String user = parsed.getUserInfo();
        this.authorization = user == null
                ? ""
                : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
        String port = parsed.getPort() < 0 ? "" : ":" + parsed.getPort();
        String path = String.valueOf(parsed.getPath()).replaceAll("/+$", "");
        this.server = parsed.getScheme() + "://" + parsed.getHost() + port + path;
    }

    private static UserException wrong(String uri) {
        return new UserException("--mlflow " + uri.replaceAll("//[^/@]*@", "//...@")
                + " is not the address of a server; allowed: http://HOST:PORT or https://HOST, for example"
                + " http://127.0.0.1:5000");
    }

    /** The server's address, without name and password. */
    String server() {
        return server;
    }

    /** The id of the experiment of a name, which is made where absent. */
    String experiment(String name) {
        String query = "experiments/get-by-name?experiment_name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        HttpResponse<String> found = send(request(query).GET().build());
        if (found.statusCode() == 404) {
            JsonNode made = post("experiments/create", JsonFields.empty().put("name", name));
            return made.path("experiment_id").asText();
        }
        return checked("experiments/get-by-name", found)
                .path("experiment")
                .path("experiment_id")
                .asText();
    }

    /** Makes a call that changes something. */
    JsonNode post(String call, ObjectNode body) {
        HttpRequest request = request(call)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        return checked(call, send(request));
    }

    private HttpRequest.Builder request(String call) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + "/api/2.0/mlflow/" + call))
                .timeout(ANSWER)
                .version(HttpClient.Version.HTTP_1_1);
        return authorization.isEmpty() ? request : request.header("Authorization", authorization);
    }

    private HttpResponse<String> send(HttpRequest request) {
        for (int attempt = 0; ; attempt++) {
            boolean last = attempt == PAUSES.size();
            try {
                HttpResponse<String> response =
                        http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                if (last || !PASSING.contains(response.statusCode())) {
                    return response;
                }
            } catch (IOException e) {
                if (last) {
                    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                    throw new UncheckedIOException(
                            "the MLflow server " + server + " does not answer (" + why + "). The sweep's folder is"
                                    + " whole; run the same command again when the server is there",
                            e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException("interrupted while " + server + " was asked", e));
            }
            pause(PAUSES.get(attempt));
        }
    }

    private void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while " + server + " was asked", e));
        }
    }

    private JsonNode checked(String call, HttpResponse<String> response) {
        JsonNode body;
        try {
            body = JsonFields.JSON.readTree(response.body());
        } catch (JsonProcessingException notJson) {
            body = JsonFields.empty().put("message", "its answer is not JSON; is it an MLflow server?");
        }
        if (response.statusCode() != 200
                || body.path("message").isTextual() && body.path("error_code").isMissingNode()) {
            String code = body.path("error_code").asText("");
            throw new UncheckedIOException(new IOException("the MLflow server " + server + " refused " + call
                    + " with status " + response.statusCode() + (code.isEmpty() ? "" : " " + code) + ": "
                    + body.path("message").asText()));
        }
        return body;
    }
}
