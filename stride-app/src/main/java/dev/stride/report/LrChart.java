package dev.stride.report;

import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/**
 * The first figure of {@link HtmlReport} as a PNG picture, with its title above and its legend below. Its words are
 * English and need no Chinese font.
 */
public final class LrChart {
    /** The picture's width in pixels. */
    public static final int WIDTH = 1600;

    /** The picture's height in pixels. */
    public static final int HEIGHT = 1200;

    private static final int MARGIN = 28;
    private static final int TITLE_BASE = 46;
    private static final int FIGURE_TOP = 54;
    private static final int LEFT = 96;
    private static final int RIGHT = 110;
    private static final int LEGEND_LINE = 30;
    private static final int KEY_WIDTH = 40;
    private static final int MOST_NAME = 48;
    private static final int MOST_TITLE = 90;
    private static final int LESSER_PLOT = 180;

    /** What {@link Frame#stacked} adds above each plot and below the last. */
    private static final int ABOVE = 34;

    private static final int BELOW = 46;

    private final RunFigure figure;
    private final String title;
    private final Graphics2D canvas;

    private LrChart(ReportData data, Graphics2D canvas) {
        this.figure = RunFigure.of(data.runs());
        this.title = shortened(data.title(), MOST_TITLE);
        this.canvas = canvas;
    }

    /**
     * Draws the picture; no display is needed.
     *
     * @return the bytes of a PNG file of {@link #WIDTH} by {@link #HEIGHT} pixels
     * @throws UserException if this machine has no font for Java to write with
     */
    public static byte[] render(ReportData data) {
        return png(canvas -> new LrChart(data, canvas).draw());
    }

    /** A picture of this size that something draws, as the bytes of a PNG file. */
    static byte[] png(Consumer<Graphics2D> drawing) {
        if (System.getProperty("java.awt.headless") == null) {
            // without this, a DISPLAY that does not answer fails the picture
            System.setProperty("java.awt.headless", "true");
        }
        try {
            BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
            Graphics2D canvas = image.createGraphics();
            canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            canvas.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            canvas.setColor(Color.WHITE);
            canvas.fillRect(0, 0, WIDTH, HEIGHT);
            drawing.accept(canvas);
            canvas.dispose();
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(image, "png", png);
            return png.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode the chart as PNG: " + e.getMessage(), e);
        } catch (LinkageError | InternalError e) {
            throw new UserException(
                    "the chart cannot be drawn as PNG, because Java finds no fonts here (" + e.getMessage()
                            + "). Install fontconfig and any font, for example fonts-dejavu-core; report.html needs none");
        }
    }

    /**
     * Writes the picture, whole or not at all.
     *
     * @throws UserException if this machine has no font for Java to write with
     * @throws UncheckedIOException naming the file
     */
    public static void write(Path file, ReportData data) {
        AtomicFile.write(file, render(data));
    }

    private void draw() {
        canvas.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 24));
        canvas.setColor(FigureImage.INK);
        canvas.drawString(title, MARGIN, TITLE_BASE);
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        Legend legend = Legend.of(figure);
        List<List<Legend.Entry>> rows = new ArrayList<>(rows(legend.names()));
        rows.addAll(rows(legend.kinds()));
        int room = HEIGHT - FIGURE_TOP - rows.size() * LEGEND_LINE - MARGIN;
        FigureImage image =
                new FigureImage(canvas, figure.figure(), figure.lossAndRate().smoothing() > 0);
        canvas.translate(0, FIGURE_TOP);
        image.draw(frames(room));
        canvas.translate(0, room);
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        for (int i = 0; i < rows.size(); i++) {
            draw(image, rows.get(i), i * LEGEND_LINE + LEGEND_LINE / 2.0);
        }
    }

    /** The first plot takes what the others leave. */
    private List<Frame> frames(int room) {
        int panels = figure.figure().panels().size();
        List<Integer> heights = new ArrayList<>();
        heights.add(room - BELOW - ABOVE * panels - LESSER_PLOT * (panels - 1));
        for (int i = 1; i < panels; i++) {
            heights.add(LESSER_PLOT);
        }
        return Frame.stacked("image", WIDTH, LEFT, RIGHT, heights);
    }

    /** Entries in as few rows as they fit into. */
    private List<List<Legend.Entry>> rows(List<Legend.Entry> entries) {
        List<List<Legend.Entry>> rows = new ArrayList<>();
        int used = WIDTH;
        for (Legend.Entry entry : entries) {
            int width = width(entry);
            if (used + width > WIDTH - MARGIN) {
                rows.add(new ArrayList<>());
                used = LEFT;
            }
            rows.get(rows.size() - 1).add(entry);
            used += width;
        }
        // a report on very many runs must leave room for its chart
        return rows.subList(0, Math.min(8, rows.size()));
    }

    private int width(Legend.Entry entry) {
        return KEY_WIDTH + 10 + canvas.getFontMetrics().stringWidth(words(entry)) + 26;
    }

    private void draw(FigureImage image, List<Legend.Entry> row, double y) {
        double x = LEFT;
        for (Legend.Entry entry : row) {
            image.drawKey(entry, x, y, KEY_WIDTH);
            canvas.setColor(FigureImage.INK);
            canvas.drawString(words(entry), (float) (x + KEY_WIDTH + 10), (float) y + 6);
            x += width(entry);
        }
    }

    private static String words(Legend.Entry entry) {
        return shortened(entry.text().english(), MOST_NAME);
    }

    static String shortened(String name, int most) {
        return name.codePointCount(0, name.length()) <= most
                ? name
                : name.substring(0, name.offsetByCodePoints(0, most - 1)) + "…";
    }
}
