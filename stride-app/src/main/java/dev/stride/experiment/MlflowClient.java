package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The calls of MLflow's documented REST interface, version 2.0. A call is made once; whether to make it again is up to the
 * caller. Every call that comes to nothing is an {@link MlflowFailure}.
 */
final class MlflowClient {
    /** What the server says of an experiment or a run that it does not have. */
    static final String ABSENT = "RESOURCE_DOES_NOT_EXIST";

    /** What it says of a name that is taken. */
    static final String TAKEN = "RESOURCE_ALREADY_EXISTS";

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int LONGEST_WORDS = 300;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final MlflowTarget target;

    MlflowClient(MlflowTarget target) {
        this.target = target;
    }

    /** The server's address, without name and password. */
    String server() {
        return target.server();
    }

    /** Asks for something; names and values are pairs. */
    JsonNode get(String call, String... namesAndValues) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            query.append(i == 0 ? '?' : '&')
                    .append(namesAndValues[i])
                    .append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return checked(call, send(request("/api/2.0/mlflow/" + call + query).GET()));
    }

    /** Makes a call that changes something. */
    JsonNode post(String call, ObjectNode body) {
        return checked(
                call,
                send(request("/api/2.0/mlflow/" + call)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))));
    }

    /**
     * Puts a file where the server keeps them.
     *
     * @param path of the file, as the server's {@code mlflow-artifacts:} address has it, with a slash in front
     */
    void put(String path, byte[] bytes) {
        String call = "mlflow-artifacts/artifacts" + path;
        HttpResponse<String> response = send(request("/api/2.0/" + call)
                .header("Content-Type", "application/octet-stream")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)));
        if (response.statusCode() / 100 != 2) {
            throw refused(call, response, json(response));
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target.server() + path))
                .timeout(ANSWER)
                .version(HttpClient.Version.HTTP_1_1);
        String authorization = target.authorization();
        return authorization.isEmpty() ? request : request.header("Authorization", authorization);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            String why = e.getMessage() != null
                    ? e.getMessage()
                    : e instanceof ConnectException
                            ? "no connection"
                            : e.getClass().getSimpleName();
            throw new MlflowFailure(0, "", "the MLflow server " + server() + " does not answer (" + why + ")", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowFailure(0, "", "the MLflow server " + server() + " was not waited for any longer");
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return JsonFields.JSON.readTree(response.body());
        } catch (JsonProcessingException notJson) {
            return MissingNode.getInstance();
        }
    }

    private JsonNode checked(String call, HttpResponse<String> response) {
        JsonNode body = json(response);
        if (response.statusCode() != 200 || !body.isObject()) {
            throw refused(call, response, body);
        }
        return body;
    }

    private MlflowFailure refused(String call, HttpResponse<String> response, JsonNode body) {
        int status = response.statusCode();
        String code = body.path("error_code").asText("");
        String advice = status == 401 || status == 403
                ? ". A name and password go into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, a token into"
                        + " MLFLOW_TRACKING_TOKEN"
                : "";
        // an answer that is no answer of MLflow's does not become one by waiting
        int kind = status == 200 ? 404 : status;
        return new MlflowFailure(
                kind,
                code,
                "the MLflow server " + server() + " refused " + call + " with status " + status
                        + (code.isEmpty() ? "" : " " + code) + ": " + words(response.body(), body) + advice);
    }

    /** What the server says, in one line. */
    private static String words(String text, JsonNode body) {
        String said = body.path("message").asText("");
        if (said.isEmpty()) {
            said = text.isBlank()
                            || text.strip().startsWith("<")
                            || text.strip().startsWith("{")
                    ? "its answer is not one of MLflow's; is this an MLflow server?"
                    : text;
        }
        String line = said.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() > LONGEST_WORDS ? line.substring(0, LONGEST_WORDS) + " ..." : line;
    }
}
