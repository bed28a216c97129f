package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Writes a configuration as YAML that {@link ConfigReader} reads back to the same values. */
final class ConfigWriter {
    private final RunConfig config;
    private final boolean placed;
    private final Use use;

    /** A writer; placed: files are written by their absolute paths. */
    ConfigWriter(RunConfig config, boolean placed) {
        this.config = config;
        this.placed = placed;
        use = new Use(Settings.of(config.settings()));
    }

    /** What a person gave, with where. */
    String given() {
        return text(config.settings().values().stream()
                .filter(setting -> setting.origin().isGiven())
                .map(setting -> new Line(
                        setting.knob(), value(setting), setting.origin().text()))
                .toList());
    }

    /** Every knob; those without a value or without an effect as comments. */
    String full() {
        List<Line> lines = new ArrayList<>();
        for (Setting setting : config.settings().values()) {
            Knob knob = setting.knob();
            String unused = use.whyUnused(knob.path());
            if (setting.value() == null) {
                String meaning = otherOfEpochsAndSteps(knob.path()) || isReplacedBySlope(knob.path())
                        ? "not together with the other"
                        : knob.absent();
                lines.add(new Line(knob, "", meaning));
            } else if (unused != null) {
                lines.add(new Line(knob, "", unused));
            } else {
                lines.add(new Line(knob, value(setting), setting.origin().text()));
            }
        }
        return text(lines);
    }

    private boolean isReplacedBySlope(String path) {
        return path.equals("schedule.warmup") && config.schedule().warmupSlope() != null;
    }

    private static boolean otherOfEpochsAndSteps(String path) {
        return path.equals("train.epochs") || path.equals("train.steps");
    }

    /** One key; an empty value is written as a comment. */
    private record Line(Knob knob, String value, String comment) {
        String text() {
            String head = value.isEmpty() ? "# " + knob.key() + ":" : knob.key() + ": " + value;
            return head + (value.isEmpty() ? " " : "  # ") + comment;
        }
    }

    private static String text(List<Line> lines) {
        StringBuilder yaml = new StringBuilder();
        String section = "";
        for (Line line : lines) {
            if (!line.knob().section().equals(section)) {
                section = line.knob().section();
                if (!section.isEmpty()) {
                    boolean empty = lines.stream()
                            .filter(other ->
                                    other.knob().section().equals(line.knob().section()))
                            .allMatch(other -> other.value().isEmpty());
                    // a section of comments alone would be a key without a value
                    yaml.append(empty ? "# " : "").append(section).append(":\n");
                }
            }
            yaml.append(section.isEmpty() ? "" : "  ").append(line.text()).append('\n');
        }
        return yaml.toString();
    }

    private List<String> texts(Setting setting) {
        return placed ? setting.placedTexts() : setting.texts();
    }

    private String value(Setting setting) {
        if (setting.value() instanceof Map<?, ?> columns) {
            return quoted(new TreeSet<>(columns.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .toList())
                    .stream().reduce((a, b) -> a + "," + b).orElse(""));
        }
        if (setting.knob().type().isList()) {
            return "["
                    + String.join(
                            ", ",
                            texts(setting).stream().map(ConfigWriter::quoted).toList())
                    + "]";
        }
        return quoted(texts(setting).get(0));
    }

    /** Plain where that cannot be misread, else in double quotes. */
    private static String quoted(String text) {
        String stripped = text.strip();
        if (stripped.matches("[A-Za-z0-9_./][A-Za-z0-9_./%+-]*") && !stripped.matches("(?i)null|~")) {
            return stripped;
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format("\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
