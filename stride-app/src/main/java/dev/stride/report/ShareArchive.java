package dev.stride.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.SweepResult;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A sweep or a run packed to be passed on: its configuration, numbers and page, without data, weights, checkpoints, or
 * any text that a model read or wrote. Files of this machine are named without their folders.
 *
 * <p>The same folder always gives the same bytes: entries are sorted and bear one time.
 */
public final class ShareArchive {
    /** The files of a run that are packed; rows.jsonl and samples.jsonl stay, since they say things about rows. */
    private static final List<String> OF_A_RUN =
            List.of(RunStore.CONFIG, RunStore.PLAN, RunStore.EVENTS, RunStore.RESULT);

    private static final List<String> OF_A_SWEEP = List.of("sweep.yaml", SweepResult.FILE, Votes.FILE);
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    /** Shorter texts, such as labels, may stand anywhere by chance. */
    private static final int TELLING_LENGTH = 12;

    /** A vote names its prompt by such a word; anything else could be a text. */
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{12}");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final SortedMap<String, byte[]> entries = new TreeMap<>();
    private final List<String> leftOut = new ArrayList<>();

    private ShareArchive(Path folder) {
        this.folder = folder;
    }

    /**
     * What was packed.
     *
     * @param files names in the archive
     * @param leftOut files that would have been packed, but hold a text of a row
     */
    public record Packed(List<String> files, List<String> leftOut) {
        public Packed {
            files = List.copyOf(files);
            leftOut = List.copyOf(leftOut);
        }
    }

    /**
     * Packs a sweep.
     *
     * @param data of the same folder, for what the packed files do not hold: intervals
     * @throws UserException if there is such a file already
     */
    public static Packed pack(Path zip, Path folder, SweepData data, Language language) {
        requireNew(zip);
        List<String> runs = data.trials().stream().map(SweepData.Trial::folder).toList();
        ShareArchive archive = new ShareArchive(folder);
        archive.collect(
                runs,
                OF_A_SWEEP,
                data.trials().stream().map(SweepData.Trial::name).collect(Collectors.toSet()));
        archive.staged(stage -> {
            SweepData clean = SweepFile.read(stage).withSpreads(data.spreads()).withoutTexts();
            archive.put("report.html", SweepReport.render(clean, language));
            archive.picture("report.png", () -> SweepPicture.render(clean));
            for (String run : runs) {
                archive.pages(stage, run, language);
            }
        });
        return archive.write(zip);
    }

    /**
     * Packs a run.
     *
     * @throws UserException if there is such a file already
     */
    public static Packed pack(Path zip, Path run, Language language) {
        requireNew(zip);
        ShareArchive archive = new ShareArchive(run);
        archive.collect(List.of(""), List.of(), Set.of());
        archive.staged(stage -> archive.pages(stage, "", language));
        return archive.write(zip);
    }

    private static void requireNew(Path zip) {
        if (Files.exists(zip)) {
            throw new UserException(
                    "--share " + zip + " is there already and is not overwritten: delete it, or give another name");
        }
    }

    private void collect(List<String> runs, List<String> own, Set<String> names) {
        Map<String, String> texts = new LinkedHashMap<>();
        Set<String> rows = new LinkedHashSet<>();
        own.forEach(name -> add(texts, name));
        for (String run : runs) {
            OF_A_RUN.forEach(name -> add(texts, name(run, name)));
            if (EventReader.isRun(folder.resolve(run))) {
                RunRecord record = EventReader.read(folder.resolve(run));
                for (SampleRecord sample : record.samples()) {
                    Stream.of(sample.prompt(), sample.prediction(), sample.reference())
                            .map(String::strip)
                            .filter(text -> text.length() >= TELLING_LENGTH)
                            .forEach(rows::add);
                }
            }
        }
        SharedText shared = SharedText.of(List.copyOf(texts.values()));
        texts.forEach((name, text) -> {
            String clean = shared.clean(name.equals(Votes.FILE) ? votes(text, names) : text);
            if (rows.stream().anyMatch(row -> clean.contains(row) || clean.contains(quoted(row)))) {
                leftOut.add(name);
            } else {
                put(name, clean);
            }
        });
    }

    private void add(Map<String, String> texts, String name) {
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file)) {
            try {
                texts.put(name, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
    }

    private static String name(String run, String file) {
        return run.isEmpty() ? file : run + "/" + file;
    }

    /** A text as it stands inside JSON. */
    private static String quoted(String text) {
        String json = new com.fasterxml.jackson.databind.node.TextNode(text).toString();
        return json.substring(1, json.length() - 1);
    }

    /** Votes on trials of the sweep, with numbers instead of the raters' names; whatever else a line says stays. */
    private static String votes(String lines, Set<String> trials) {
        Map<String, String> raters = new LinkedHashMap<>();
        StringBuilder clean = new StringBuilder();
        for (String line : lines.split("\n")) {
            try {
                Vote vote = Vote.fromJson(JSON.readTree(line));
                if (HASH.matcher(vote.prompt()).matches()
                        && trials.contains(vote.left())
                        && trials.contains(vote.right())) {
                    raters.putIfAbsent(vote.rater(), "rater-" + (raters.size() + 1));
                    clean.append(vote.by(Objects.requireNonNull(raters.get(vote.rater())))
                                    .toJson())
                            .append('\n');
                }
            } catch (JsonProcessingException | IllegalArgumentException torn) {
                // a vote that was half written says nothing
                continue;
            }
        }
        return clean.toString();
    }

    private interface Staged {
        void with(Path stage);
    }

    /** Lays the cleaned files out as a folder, from which pages are made that cannot know more than those. */
    private void staged(Staged work) {
        Path temporary = null;
        try {
            temporary = Files.createTempDirectory("stride-share");
            Path stage = temporary.resolve(
                    String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                Path file = stage.resolve(entry.getKey());
                Files.createDirectories(file.getParent());
                Files.write(file, entry.getValue());
            }
            work.with(stage);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lay out what is shared: " + e.getMessage(), e);
        } finally {
            delete(temporary);
        }
    }

    private static void delete(@org.jspecify.annotations.Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // a few files without texts stay in the system's temporary folder
            return;
        }
    }

    private void pages(Path stage, String run, Language language) {
        if (!EventReader.isRun(stage.resolve(run))) {
            return;
        }
        ReportRun record = ReportRun.of(EventReader.read(stage.resolve(run)));
        ReportData data = new ReportData(record.name(), BilingualText.NONE, List.of(record), false);
        put(name(run, "report.html"), HtmlReport.render(data, language));
        picture(name(run, "report.png"), () -> LrChart.render(data));
    }

    private interface Picture {
        byte[] draw();
    }

    private void picture(String name, Picture picture) {
        try {
            entries.put(name, picture.draw());
        } catch (UserException noFonts) {
            leftOut.add(name);
        }
    }

    private void put(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private Packed write(Path zip) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
            for (Map.Entry<String, byte[]> file : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setTimeLocal(TIME);
                out.putNextEntry(entry);
                out.write(file.getValue());
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pack " + zip + ": " + e.getMessage(), e);
        }
        AtomicFile.write(zip, bytes.toByteArray());
        return new Packed(List.copyOf(entries.keySet()), leftOut);
    }
}
