package dev.stride.live;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.util.Arrays;

/**
 * One update as its line of {@code events.jsonl} has it, read without making an object of it: the same instance takes in
 * one line after the other.
 */
final class StepLine {
    /** More parameter groups than this are no run of Stride. */
    static final int MAX_GROUPS = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .build();

    int step;
    double loss;
    double gradNorm;
    long tokens;
    double seconds;
    double tokensPerSecond;
    double epoch;
    double moved;
    int numGroups;
    String[] groups = new String[4];
    double[] rates = new double[4];

    private boolean isStep;
    private int seen;

    private static final int STEP = 1;
    private static final int LOSS = 2;
    private static final int LR = 4;
    private static final int GRAD_NORM = 8;
    private static final int TOKENS = 16;
    private static final int SECONDS = 32;

    /**
     * Reads a line.
     *
     * @return false where the line is a JSON object of another type; the fields then mean nothing
     * @throws IOException if it is not JSON
     * @throws IllegalArgumentException if it is JSON but no event that Stride writes
     */
    boolean read(byte[] bytes, int from, int to) throws IOException {
        isStep = false;
        seen = 0;
        numGroups = 0;
        tokensPerSecond = Double.NaN;
        epoch = Double.NaN;
        moved = Double.NaN;
        boolean other = false;
        try (JsonParser parser = JSON.createParser(bytes, from, to - from)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                if (key.equals("type")) {
                    isStep = parser.currentToken() == JsonToken.VALUE_STRING
                            && parser.getText().equals("step");
                    if (!isStep) {
                        other = true;
                    }
                }
                if (other) {
                    parser.skipChildren();
                } else {
                    field(key, parser);
                }
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON object");
            }
        }
        if (!isStep) {
            return false;
        }
        require(STEP, "step");
        require(LOSS, "loss");
        require(LR, "lr");
        require(GRAD_NORM, "grad_norm");
        require(TOKENS, "tokens");
        require(SECONDS, "seconds");
        if (step < 1) {
            throw new IllegalArgumentException("step " + step + ": updates are counted from 1");
        }
        if (numGroups == 0) {
            throw new IllegalArgumentException("step " + step + " has no learning rate");
        }
        return true;
    }

    /** Takes an update that was read elsewhere. */
    void take(StepEvent event) {
        step = Math.toIntExact(event.step());
        loss = event.loss();
        gradNorm = event.gradNorm();
        tokens = event.tokens();
        seconds = event.seconds();
        tokensPerSecond = event.tokensPerSecond();
        epoch = event.epoch();
        moved = event.moved();
        numGroups = 0;
        event.lr().forEach(this::rate);
    }

    /** The highest rate of all groups. */
    double highestRate() {
        double highest = rates[0];
        for (int i = 1; i < numGroups; i++) {
            highest = Math.max(highest, rates[i]);
        }
        return highest;
    }

    private void field(String key, JsonParser parser) throws IOException {
        switch (key) {
            case "step" -> {
                seen |= STEP;
                step = Math.toIntExact(whole(key, parser));
            }
            case "loss" -> {
                seen |= LOSS;
                loss = number(key, parser);
            }
            case "lr" -> {
                seen |= LR;
                rates(parser);
            }
            case "grad_norm" -> {
                seen |= GRAD_NORM;
                gradNorm = number(key, parser);
            }
            case "tokens" -> {
                seen |= TOKENS;
                tokens = whole(key, parser);
            }
            case "seconds" -> {
                seen |= SECONDS;
                seconds = number(key, parser);
            }
            case "tokens_per_second" -> tokensPerSecond = number(key, parser);
            case "epoch" -> epoch = number(key, parser);
            case "moved" -> moved = number(key, parser);
            default -> parser.skipChildren();
        }
    }

    private void rates(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("'lr' must be an object of numbers");
        }
        numGroups = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String group = parser.currentName();
            parser.nextToken();
            rate(group, number(group, parser));
        }
    }

    private void rate(String group, double value) {
        if (numGroups == MAX_GROUPS) {
            throw new IllegalArgumentException("more than " + MAX_GROUPS + " learning rates");
        }
        if (numGroups == groups.length) {
            groups = Arrays.copyOf(groups, 2 * numGroups);
            rates = Arrays.copyOf(rates, 2 * numGroups);
        }
        groups[numGroups] = group;
        rates[numGroups] = value;
        numGroups++;
    }

    private void require(int field, String key) {
        if ((seen & field) == 0) {
            throw new IllegalArgumentException("'" + key + "' is missing");
        }
    }

    private static long whole(String key, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new IllegalArgumentException("'" + key + "' must be a whole number");
        }
        return parser.getLongValue();
    }

    private static double number(String key, JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
            return parser.getDoubleValue();
        }
        if (token == JsonToken.VALUE_STRING) {
            switch (parser.getText()) {
                case "NaN":
                    return Double.NaN;
                case "Infinity":
                    return Double.POSITIVE_INFINITY;
                case "-Infinity":
                    return Double.NEGATIVE_INFINITY;
                default:
            }
        }
        throw new IllegalArgumentException("'" + key + "' must be a number");
    }
}
