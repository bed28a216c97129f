package dev.stride.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.monitor.Diagnosis;
import dev.stride.monitor.Finding;
import dev.stride.monitor.Sentence;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run as its folder looks now. It is read by one thread and asked by many. The rows of a run that has ended and that
 * nobody looks at are dropped, and read again when somebody does.
 */
public final class LiveRun {
    private static final Duration KEPT = Duration.ofSeconds(60);
    /** A quiet run is looked at in full this often, whatever its folder looks like. */
    private static final Duration OFTEN = Duration.ofSeconds(30);
    /** A curve of more updates is judged by every second of them, or every third, ... */
    private static final int MAX_JUDGED = 20_000;

    private static final long AT_ONCE = 16L << 20;

    private final String id;
    private final Path folder;
    private final Path root;
    private final InstantSource clock;
    private final RunFiles files;
    private final SampleIndex samples;
    private final Activity activity = new Activity();
    private @Nullable EventLines lines;
    private LineTail tail;
    private RunSummary summary;
    private List<Finding> findings = List.of();
    private RunStatus own = RunStatus.SILENT;
    private int generationBefore;
    private @Nullable FileSight dropped;
    private Instant lookedAt = Instant.EPOCH;
    private long judgedRecords = -1;
    private int judgedEvals;
    private boolean judgedOver;
    private Instant polledAt = Instant.EPOCH;
    private List<FileSight> quick = List.of();
    private Place place = Place.ALONE;

    /** What a sweep says of its trial. */
    record Place(String sweep, @Nullable RunStatus status, String reason) {
        static final Place ALONE = new Place("", null, "");
    }

    LiveRun(String id, Path folder, Path root, InstantSource clock) {
        this.id = id;
        this.folder = folder;
        this.root = root;
        this.clock = clock;
        this.files = new RunFiles(folder, root);
        this.samples = new SampleIndex(folder.resolve(RunStore.SAMPLES), root);
        EventLines none = new EventLines(RunStore.EVENTS);
        this.lines = none;
        this.tail = new LineTail(folder.resolve(RunStore.EVENTS), root, none);
        this.summary = RunSummary.of(none);
    }

    /** The run's folder, relative to the folder that is watched, with {@code /}. */
    public String id() {
        return id;
    }

    /** Where the run lies. */
    public Path folder() {
        return folder;
    }

    /** Lines of {@code events.jsonl} that were understood. */
    public synchronized long records() {
        return summary.records();
    }

    /** Grows when records that were read are no longer there: the file was cut, as a resume does, or replaced. */
    public synchronized int generation() {
        return generationBefore + summary.generation();
    }

    /** Where it stands: as its own files say, or for a trial that was pruned or not begun, as its sweep says. */
    public synchronized RunStatus status() {
        RunStatus said = place.status();
        return said == RunStatus.PRUNED && own != RunStatus.RUNNING
                        || said == RunStatus.WAITING && own == RunStatus.SILENT && summary.last() == null
                ? said
                : own;
    }

    /** Whether a person needs to look. */
    public synchronized Worry worry() {
        return Worry.of(status(), reason(), silence(), summary, findings);
    }

    /** Bytes of the columns that are held now. */
    public synchronized long bytes() {
        return lines == null ? 0 : lines.rows().steps().bytes();
    }

    /** Takes in what the folder holds now; returns whether anything that can be seen changed. */
    synchronized boolean poll() {
        Instant now = clock.instant();
        if (!isActive() && Duration.between(polledAt, now).abs().compareTo(OFTEN) < 0 && looksTheSame()) {
            return false;
        }
        polledAt = now;
        boolean changed = files.poll();
        changed |= samples.poll(AT_ONCE);
        if (lines == null) {
            FileSight sight = FileSight.of(folder.resolve(RunStore.EVENTS), root);
            if (!sight.equals(dropped)) {
                changed = true;
                int generation = generation();
                summary = RunSummary.of(open());
                generationBefore = generation + 1;
            }
        }
        EventLines open = lines;
        if (open != null && tail.poll(AT_ONCE)) {
            changed = true;
            summary = RunSummary.of(open);
        }
        List<FileSight> sights = new ArrayList<>(files.sights());
        FileSight last = dropped;
        sights.add(lines == null && last != null ? last : tail.sight());
        activity.see(sights, now);
        RunStatus before = own;
        own = ownStatus(now);
        changed |= before != own;
        if (open != null && !tail.hasMore()) {
            changed |= judge(open);
            boolean quiet = own.isOver() || own == RunStatus.SILENT;
            if (quiet && Duration.between(lookedAt, now).compareTo(KEPT) > 0) {
                dropped = tail.sight();
                lines = null;
            }
        }
        return changed;
    }

    /**
     * Whether neither a file of the folder was replaced nor an event written; two looks at the disk instead of five. It
     * remembers what it saw.
     */
    private boolean looksTheSame() {
        List<FileSight> now = List.of(FileSight.of(folder, root), FileSight.of(folder.resolve(RunStore.EVENTS), root));
        boolean same = now.equals(quick);
        quick = now;
        return same;
    }

    /** Whether it should be looked at again soon. */
    synchronized boolean isActive() {
        return own == RunStatus.RUNNING || hasMore();
    }

    synchronized boolean hasMore() {
        return (lines != null && tail.hasMore()) || samples.hasMore();
    }

    /** Says which sweep it is a trial of; returns whether that is new. */
    synchronized boolean placed(Place now) {
        boolean changed = !now.equals(place);
        place = now;
        return changed;
    }

    private RunStatus ownStatus(Instant now) {
        if (!files.result().isMissingNode()) {
            return RunStatus.of(files.result().path("status").asText());
        }
        FileSight events = lines == null ? FileSight.ABSENT : tail.sight();
        if (!files.resultProblem().isEmpty()
                || events.kind() == FileSight.Kind.UNREADABLE
                || events.kind() == FileSight.Kind.FOLDER
                || (lines != null && !tail.problem().isEmpty())) {
            return RunStatus.DAMAGED;
        }
        if (activity.isRecent(now, summary.secondsAStep())) {
            return RunStatus.RUNNING;
        }
        return summary.records() == 0 && summary.numDamaged() > 0 ? RunStatus.DAMAGED : RunStatus.SILENT;
    }

    /** Why it ended, or what is known of its silence; empty where there is nothing to say. */
    synchronized String reason() {
        RunStatus status = status();
        if (status == RunStatus.PRUNED || status == RunStatus.WAITING) {
            return place.reason();
        }
        if (status == RunStatus.DAMAGED) {
            List<String> damaged = damaged();
            return damaged.isEmpty() ? "" : damaged.get(0);
        }
        if (status == RunStatus.SILENT) {
            return silence().english();
        }
        return files.result().path("reason").asText("");
    }

    private Sentence silence() {
        return RunCard.silence(activity.last(), clock.instant(), files.live());
    }

    /** What of its files cannot be read, by file and line. */
    private List<String> damaged() {
        List<String> damaged = new ArrayList<>(files.problems());
        if (lines != null && !tail.problem().isEmpty()) {
            damaged.add(RunStore.EVENTS + ": " + tail.problem());
        }
        damaged.addAll(summary.damaged());
        return damaged;
    }

    /** Judges the curve when there is something new to judge by: an evaluation, the end, or a tenth more updates. */
    private boolean judge(EventLines open) {
        RunRows rows = open.rows();
        boolean over = own.isOver();
        boolean due = judgedRecords < 0
                || over != judgedOver
                || rows.evals().size() != judgedEvals
                || rows.records() < judgedRecords
                || rows.records() > judgedRecords + Math.max(20, judgedRecords / 10);
        if (!due) {
            return false;
        }
        judgedRecords = rows.records();
        judgedEvals = rows.evals().size();
        judgedOver = over;
        List<Finding> before = findings;
        findings = rows.steps().size() == 0
                ? List.of()
                : Diagnosis.of(RunCurve.of(rows, files.plan()).asEnded(files.ended(), MAX_JUDGED));
        return !findings.equals(before);
    }

    private EventLines open() {
        EventLines fresh = new EventLines(RunStore.EVENTS);
        lines = fresh;
        tail = new LineTail(folder.resolve(RunStore.EVENTS), root, fresh);
        dropped = null;
        return fresh;
    }

    /** The rows, read again where they were dropped. */
    private RunRows rows() {
        lookedAt = clock.instant();
        EventLines open = lines;
        if (open != null) {
            return open.rows();
        }
        FileSight before = dropped;
        RunSummary old = summary;
        int generation = generation();
        open = open();
        do {
            tail.poll(AT_ONCE);
        } while (tail.hasMore());
        summary = RunSummary.of(open);
        boolean same = tail.sight().equals(before) && summary.records() == old.records();
        generationBefore = generation + (same ? 0 : 1) - summary.generation();
        return open.rows();
    }

    /** The run at a glance. */
    public synchronized ObjectNode card() {
        return RunCard.of(this);
    }

    /** The run with its plan, its branches, its events and what its curve shows. */
    public synchronized ObjectNode detail() {
        RunRows rows = rows();
        ObjectNode json = card();
        RunDetail.add(json, rows, files, findings, summary, damaged());
        json.set("sample_steps", samples.steps());
        return json;
    }

    /** A part of its curve. */
    public synchronized ObjectNode series(SeriesRequest asked) {
        RunRows rows = rows();
        ObjectNode json = head().put("records", records());
        return json.setAll(new Series(rows, asked).toJson());
    }

    /**
     * The texts that were generated at a step.
     *
     * @param step negative for the last one that has any
     * @param limit so many texts at most
     */
    public synchronized ObjectNode samples(long step, int limit) {
        return samples.read(step, limit);
    }

    /**
     * The records from one on, for somebody who has read those before it.
     *
     * @param generation of what was read; another one than now is answered by {@code "reload": true}
     * @param record the first that is wanted
     * @param atMost so many records
     */
    public synchronized ObjectNode rowsSince(int generation, long record, int atMost) {
        RunRows rows = rows();
        ObjectNode json = head();
        if (generation != generation() || record < 0 || record > rows.records()) {
            return json.put("reload", true);
        }
        return RecordRows.add(json, rows, record, Math.min(rows.records(), record + Math.max(0, atMost)));
    }

    private ObjectNode head() {
        return JsonNodeFactory.instance.objectNode().put("id", id).put("generation", generation());
    }

    synchronized RunSummary summary() {
        return summary;
    }

    synchronized RunFiles files() {
        return files;
    }

    synchronized SampleIndex sampleIndex() {
        return samples;
    }

    synchronized String sweep() {
        return place.sweep();
    }

    synchronized Instant lastChange() {
        return activity.last();
    }

    Instant now() {
        return clock.instant();
    }

    /** How it ended, or null while it goes on. */
    public synchronized @Nullable RunResult ended() {
        return files.ended();
    }
}
