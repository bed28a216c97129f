package dev.stride.serve;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.stride.config.Numbers;
import dev.stride.search.SweepTrial;
import dev.stride.search.Vote;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Votes as CSV (RFC 4180: a header, CRLF, quotes where they are needed). */
public final class RatingCsv {
    private RatingCsv() {}

    /**
     * The text of the file.
     *
     * @param votes those that stand; skipped pairs are rows too
     */
    public static String of(RatedSweep sweep, List<Vote> votes) {
        Map<String, String> values = new HashMap<>();
        for (SweepTrial trial : sweep.trials()) {
            values.put(trial.name(), trial.value());
        }
        StringWriter text = new StringWriter();
        try (CsvWriter csv =
                CsvWriter.builder().lineDelimiter(LineDelimiter.CRLF).build(text)) {
            csv.writeRecord(
                    "time",
                    "rater",
                    "session",
                    "prompt",
                    "left",
                    "right",
                    "left_value",
                    "right_value",
                    "left_step",
                    "right_step",
                    "choice",
                    "seconds");
            for (Vote vote : votes) {
                csv.writeRecord(
                        vote.time().toString(),
                        vote.rater(),
                        vote.session(),
                        vote.prompt(),
                        vote.left(),
                        vote.right(),
                        values.getOrDefault(vote.left(), ""),
                        values.getOrDefault(vote.right(), ""),
                        Long.toString(vote.leftStep()),
                        Long.toString(vote.rightStep()),
                        vote.choice().word(),
                        Double.isFinite(vote.seconds()) ? Numbers.text(vote.seconds()) : "");
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail to be written", e);
        }
        return text.toString();
    }
}
