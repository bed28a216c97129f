package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.report.SweepData;
import dev.stride.report.SweepFile;
import dev.stride.report.SweepLines;
import dev.stride.report.SweepPicture;
import dev.stride.report.SweepReport;
import dev.stride.report.TextTable;
import dev.stride.search.SweepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The page and the picture of a sweep, and what is said of it. */
final class SweepPage {
    private SweepPage() {}

    /** A sweep's folder as its page shows it, with how sure each score is. */
    static SweepData read(Path folder) {
        return SweepSpreads.with(SweepFile.read(folder), folder);
    }

    /** Writes both into a folder; a machine without fonts gets the page alone, and is told so. */
    static void write(Path folder, SweepData data, Console console) {
        SweepReport.write(folder.resolve(Reports.PAGE), data, Reports.language());
        try {
            AtomicFile.write(folder.resolve(Reports.PICTURE), SweepPicture.render(data));
        } catch (UserException e) {
            console.say("report.png was not drawn: " + e.getMessage());
        }
    }

    /** The sentence first, then the table. */
    static void print(SweepData data, Console console) {
        SweepData.Answer answer = data.answer();
        console.print(
                answer == null
                        ? "The sweep has no answer yet."
                        : answer.sentence().in(Reports.language()));
        SweepLines.of(data, Reports.language()).forEach(console::print);
        console.print("");
        console.print(TextTable.of(data, Reports.language()));
        if (answer != null && !answer.command().isEmpty()) {
            console.print(answer.command());
        }
    }

    /** What {@code sweep.json} says, with the intervals of the scores and the place of the page. */
    static ObjectNode document(SweepData data, Path folder, Path page) {
        ObjectNode document = Json.object();
        Path file = folder.resolve(SweepResult.FILE);
        try {
            document.set("sweep", Json.mapper().readTree(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        ArrayNode intervals = document.putArray("intervals");
        for (SweepData.Spread spread : data.spreads()) {
            intervals
                    .addObject()
                    .put("trial", spread.trial())
                    .put("low", spread.low())
                    .put("high", spread.high());
        }
        return document.put("page", page.toString());
    }
}
