package dev.stride.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/** The numbers of charts as the page's script reads them, in a form that no text can break out of. */
final class ChartJson {
    /** Digits of a value, which is more than the page shows of it. */
    private static final MathContext DIGITS = new MathContext(6);

    private ChartJson() {}

    /**
     * An object of figures by id: the steps as [low, high], and the panels, each with its axes as [low, high, 1 if
     * logarithmic] and every line whose values can be read.
     */
    static String of(List<Figure> figures) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        for (Figure figure : figures) {
            ObjectNode object = all.putObject(figure.id());
            object.set("x", axis(figure.steps()));
            ArrayNode panels = object.putArray("panels");
            for (Chart chart : figure.panels()) {
                ObjectNode panel = panels.addObject();
                panel.set("left", axis(chart.left()));
                if (chart.right() != null) {
                    panel.set("right", axis(chart.right()));
                }
                ArrayNode lines = panel.putArray("lines");
                for (Chart.Line line : chart.lines()) {
                    if (line.kind().isRead()) {
                        lines.add(line(line));
                    }
                }
            }
        }
        return escaped(all.toString());
    }

    private static ArrayNode axis(Axis axis) {
        return JsonNodeFactory.instance
                .arrayNode()
                .add(axis.low())
                .add(axis.high())
                .add(axis instanceof Axis.Log ? 1 : 0);
    }

    private static ObjectNode line(Chart.Line line) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("run", line.run()).put("branch", line.branch()).put("name", line.name());
        object.put("en", line.label().english()).put("zh", line.label().chinese());
        object.put("colour", ChartSvg.colour(line.colour())).put("axis", line.onRight() ? "right" : "left");
        object.put("sparse", line.kind().isSparse());
        object.put("rate", line.kind() == Chart.Kind.RATE);
        ArrayNode steps = object.putArray("steps");
        ArrayNode values = object.putArray("values");
        for (int i = 0; i < line.series().size(); i++) {
            double value = line.series().values()[i];
            steps.add(line.series().steps()[i]);
            if (Double.isFinite(value)) {
                values.add(new BigDecimal(value).round(DIGITS).doubleValue());
            } else {
                values.add(Double.toString(value));
            }
        }
        return object;
    }

    /** Inside a script element only these could end it or, for XML, begin something. */
    private static String escaped(String json) {
        StringBuilder safe = new StringBuilder();
        json.codePoints().forEach(c -> {
            boolean plain = c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '&';
            boolean letter = (c >= 0xa0 && c < 0x2028) || (c > 0x2029 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe);
            if (plain || letter) {
                safe.appendCodePoint(c);
            } else {
                for (char half : Character.toChars(c)) {
                    safe.append(String.format(Locale.ROOT, "\\u%04x", (int) half));
                }
            }
        });
        return safe.toString();
    }
}
