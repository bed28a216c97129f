package dev.stride.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Reads the values of a YAML file with their lines; types and ranges are checked later, as for flags. */
final class YamlLayer {
    private final Path file;
    private final List<Problem> problems;
    private final List<Written> values = new ArrayList<>();

    private YamlLayer(Path file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** The values in file order; what cannot be a value is added to {@code problems}. */
    static List<Written> read(Path file, List<Problem> problems) {
        if (!Files.isRegularFile(file)) {
            throw new UserException(file + ": there is no such file; --config wants a YAML file");
        }
        YamlLayer layer = new YamlLayer(file, problems);
        try (YAMLParser parser = new YAMLFactory().createParser(file.toFile())) {
            layer.document(parser);
        } catch (JsonProcessingException e) {
            throw new UserException(
                    file + ":" + e.getLocation().getLineNr() + ": not valid YAML: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": " + e.getMessage(), e);
        }
        return layer.values;
    }

    private void document(YAMLParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            return; // only comments
        }
        if (first != JsonToken.START_OBJECT) {
            problem(parser, "the file", "not keys with values", "keys with values, for example task: dialogue");
            return;
        }
        section(parser, "");
        if (parser.nextToken() != null) {
            problem(parser, "the file", "a second document", "one document");
        }
    }

    private void section(YAMLParser parser, String prefix) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String path = prefix + parser.currentName();
            int line = line(parser);
            JsonToken token = parser.nextToken();
            if (parser.isCurrentAlias()) {
                problem(parser, path, "an alias (*" + parser.getText() + ")", "the value itself");
            } else if (token == JsonToken.START_OBJECT) {
                object(parser, path);
            } else if (token == JsonToken.START_ARRAY) {
                sequence(parser, path, line);
            } else if (token == JsonToken.VALUE_NULL) {
                problem(parser, path, "no value", "a value; leave the key out for none");
            } else {
                values.add(new Written(path, List.of(parser.getText()), false, origin(line)));
            }
        }
    }

    private void object(YAMLParser parser, String path) throws IOException {
        Knob knob = Knobs.byPath(path);
        if (knob == null) {
            boolean known = Knobs.all().stream().anyMatch(other -> other.path().startsWith(path + "."));
            if (known) {
                section(parser, path + ".");
            } else {
                problems.add(UnknownKey.section(path, origin(line(parser))));
                parser.skipChildren();
            }
        } else if (knob.type() instanceof KnobType.Columns) {
            columns(parser, path);
        } else {
            problem(parser, path, "keys below it", knob.allowed());
            parser.skipChildren();
        }
    }

    private void columns(YAMLParser parser, String path) throws IOException {
        Origin origin = origin(line(parser));
        StringJoiner pairs = new StringJoiner(",");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String role = parser.currentName();
            parser.nextToken();
            pairs.add(role + "=" + parser.getText());
            parser.skipChildren();
        }
        values.add(new Written(path, List.of(pairs.toString()), false, origin));
    }

    private void sequence(YAMLParser parser, String path, int line) throws IOException {
        List<String> texts = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (!parser.currentToken().isScalarValue()
                    || parser.currentToken() == JsonToken.VALUE_NULL
                    || parser.isCurrentAlias()) {
                problem(parser, path, "an entry that is not a plain value", "a list of plain values");
                parser.skipChildren();
            } else {
                texts.add(parser.getText());
            }
        }
        values.add(new Written(path, texts, true, origin(line)));
    }

    private void problem(YAMLParser parser, String where, String given, String allowed) {
        problems.add(new Problem(where, given, allowed, origin(line(parser)).text(), ""));
    }

    private Origin origin(int line) {
        return new Origin(Origin.Kind.YAML, file + ":" + line);
    }

    private static int line(YAMLParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }
}
