package dev.stride.report;

import dev.stride.config.UserException;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;

/**
 * The two figures of {@link SweepReport} as one PNG picture: the scores above, the learning curves and rates below. Its
 * words are English and need no Chinese font.
 */
public final class SweepPicture {
    private static final int MARGIN = 28;
    private static final int TITLE_BASE = 46;
    private static final int SENTENCE_BASE = 80;
    private static final int SCORES_TOP = 96;
    private static final int SCORES = 430;
    private static final int LEFT = 96;
    private static final int KEY_WIDTH = 40;
    private static final int LEGEND_LINE = 28;

    private SweepPicture() {}

    /**
     * Draws the picture; no display is needed.
     *
     * @return the bytes of a PNG file of {@link LrChart#WIDTH} by {@link LrChart#HEIGHT} pixels
     * @throws UserException if this machine has no font for Java to write with
     */
    public static byte[] render(SweepData data) {
        return LrChart.png(canvas -> draw(data, canvas));
    }

    private static void draw(SweepData data, Graphics2D canvas) {
        canvas.setColor(FigureImage.INK);
        canvas.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 24));
        canvas.drawString(LrChart.shortened(data.title(), 90), MARGIN, TITLE_BASE);
        SweepData.Answer answer = data.answer();
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        String sentence = answer == null
                ? Words.STILL_RUNNING.in(Language.ENGLISH)
                : answer.sentence().english();
        canvas.drawString(fitting(canvas, sentence), MARGIN, SENTENCE_BASE);
        ScoreChart scores = ScoreChart.of(data);
        canvas.translate(0, SCORES_TOP);
        if (!scores.isEmpty()) {
            Frame frame = new Frame("image", LrChart.WIDTH, SCORES, LEFT, 40, 44, 56);
            new ScoreDrawing(scores, new ImagePen(canvas), frame).draw();
        }
        SweepCurves curves = SweepCurves.of(data);
        canvas.translate(0, SCORES);
        if (!curves.keys().isEmpty()) {
            canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
            List<List<Legend.Entry>> rows = rows(canvas, curves.keys());
            int room = LrChart.HEIGHT - SCORES_TOP - SCORES - rows.size() * LEGEND_LINE - 16;
            int plots = room - 46 - 34 * curves.figure().panels().size();
            List<Integer> heights = curves.figure().panels().size() == 1
                    ? List.of(plots)
                    : List.of(plots * 3 / 5, plots - plots * 3 / 5);
            FigureImage image = new FigureImage(canvas, curves.figure(), false);
            image.draw(Frame.stacked("image", LrChart.WIDTH, LEFT, 40, heights));
            canvas.translate(0, room);
            for (int i = 0; i < rows.size(); i++) {
                draw(canvas, image, rows.get(i), i * LEGEND_LINE + LEGEND_LINE / 2.0);
            }
        }
    }

    private static String fitting(Graphics2D canvas, String sentence) {
        int most = sentence.length();
        while (most > 1
                && canvas.getFontMetrics().stringWidth(sentence.substring(0, most)) > LrChart.WIDTH - 2 * MARGIN) {
            most--;
        }
        return most == sentence.length() ? sentence : sentence.substring(0, most - 1) + "…";
    }

    private static List<List<Legend.Entry>> rows(Graphics2D canvas, List<Legend.Entry> entries) {
        List<List<Legend.Entry>> rows = new ArrayList<>();
        int used = LrChart.WIDTH;
        for (Legend.Entry entry : entries) {
            if (used + width(canvas, entry) > LrChart.WIDTH - MARGIN) {
                rows.add(new ArrayList<>());
                used = LEFT;
            }
            rows.get(rows.size() - 1).add(entry);
            used += width(canvas, entry);
        }
        // a sweep of very many trials must leave room for its charts
        return rows.subList(0, Math.min(4, rows.size()));
    }

    private static int width(Graphics2D canvas, Legend.Entry entry) {
        return KEY_WIDTH + 36 + canvas.getFontMetrics().stringWidth(entry.text().english());
    }

    private static void draw(Graphics2D canvas, FigureImage image, List<Legend.Entry> row, double y) {
        double x = LEFT;
        for (Legend.Entry entry : row) {
            image.drawKey(entry, x, y, KEY_WIDTH);
            canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
            canvas.setColor(FigureImage.INK);
            canvas.drawString(entry.text().english(), (float) (x + KEY_WIDTH + 10), (float) y + 6);
            x += width(canvas, entry);
        }
    }
}
