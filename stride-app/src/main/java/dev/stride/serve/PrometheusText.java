package dev.stride.serve;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measured values in the text format of Prometheus, version 0.0.4: families with their help and type, each family's samples
 * together, one a line.
 */
final class PrometheusText {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Map<String, StringBuilder> families = new LinkedHashMap<>();

    /** Begins a family of gauges; families stand in the order in which they begin. */
    void gauge(String name, String help) {
        begin(name, help, "gauge");
    }

    /** Begins a family of counters, which only rise until the server ends. */
    void counter(String name, String help) {
        begin(name, help, "counter");
    }

    private void begin(String name, String help, String type) {
        String words = help.replace("\\", "\\\\").replace("\n", "\\n");
        families.put(name, new StringBuilder("# HELP " + name + " " + words + "\n# TYPE " + name + " " + type + "\n"));
    }

    /**
     * Adds a sample to a family that has begun.
     *
     * @param labels names and values in turn
     */
    void sample(String family, List<String> labels, double value) {
        StringBuilder text = families.get(family);
        if (text == null) {
            throw new IllegalArgumentException("the family " + family + " has not begun");
        }
        text.append(family);
        for (int i = 0; i < labels.size(); i += 2) {
            text.append(i == 0 ? "{" : ",").append(labels.get(i)).append("=\"").append(escaped(labels.get(i + 1)));
            text.append('"');
        }
        text.append(labels.isEmpty() ? " " : "} ").append(number(value)).append('\n');
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }

    @Override
    public String toString() {
        StringBuilder all = new StringBuilder();
        families.values().forEach(all::append);
        return all.toString();
    }
}
