package dev.stride.live;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code events.jsonl} holds, in the order written: the updates as {@link StepColumns columns}, branch
 * after branch, and the rest as objects, since it is rare.
 *
 * <p>A record is one line that was understood, of any kind, counted from 0; so how far somebody has read is one number.
 * Where a run made updates again without its file having been cut, the later ones count, as after a cut.
 */
final class RunRows {
    /** So many of the other events are kept; {@link #numEvents} counts all. */
    static final int MAX_EVENTS = 2000;

    /** A file with more than these is none of Stride's. */
    private static final int MAX_BRANCHES = 1000;

    private final StepColumns steps = new StepColumns();
    private final List<LiveBranch> branches = new ArrayList<>();
    private final List<LiveEval> evals = new ArrayList<>();
    private final List<LiveEvent> events = new ArrayList<>();
    private final RunningLoss running = new RunningLoss();
    private final RunSigns signs = new RunSigns();
    private final StepLine line = new StepLine();
    private long numEvents;
    /** The record of each that is no update. */
    private long[] rare = new long[16];

    private int numRare;
    private int cuts;

    RunRows() {
        branches.add(new LiveBranch(RunBranch.MAIN, "", 0, 1, "", 0, 0, 0));
    }

    /** Takes in an event of any kind. */
    void add(RunEvent event) {
        if (event instanceof StepEvent step) {
            line.take(step);
            add(line);
            return;
        }
        int number = addRare();
        if (event instanceof EvalEvent eval) {
            add(eval, number);
        } else if (event instanceof BranchEvent start) {
            add(start);
            keep(number, start.step(), "branch", start.branch(), "", start.reason());
        } else if (event instanceof VerdictEvent verdict) {
            keep(number, verdict.step(), "verdict", verdict.monitor(), verdict.action(), verdict.reason());
        } else if (event instanceof SkipEvent skip) {
            signs.skip(skip, branches.size() - 1);
            keep(number, skip.step(), "skip", "", "", skip.reason());
        } else if (event instanceof NoteEvent note) {
            keep(number, note.step(), "note", "", "", note.text());
        } else if (event instanceof SaveEvent save) {
            keep(number, save.step(), "save", "", "", save.path());
        }
    }

    /** Takes in an update. */
    void add(StepLine update) {
        LiveBranch branch = lastBranch();
        int last = steps.size() - 1;
        if (last >= branch.firstRow() && steps.step(last) >= update.step) {
            cut(update.step);
            last = steps.size() - 1;
        }
        boolean own = last >= branch.firstRow();
        steps.add(update, own ? steps.tokens(last) : branch.tokens(), own ? steps.seconds(last) : branch.seconds());
        running.add(update.loss);
        signs.update(update);
    }

    /** Forgets the updates of the last branch from one on, and the evaluations after them. */
    private void cut(long from) {
        LiveBranch branch = lastBranch();
        int rows = rowAfter(branch.firstRow(), steps.size(), from - 1);
        steps.truncate(rows);
        for (int i = numRare - 1; i >= 0 && rare[i] > rows + i; i--) {
            rare[i] = rows + i;
        }
        dropEvals(from);
        running.branch();
        cuts++;
    }

    private void dropEvals(long from) {
        int branch = branches.size() - 1;
        while (!evals.isEmpty()
                && evals.get(evals.size() - 1).branch() == branch
                && evals.get(evals.size() - 1).step() >= from) {
            evals.remove(evals.size() - 1);
        }
    }

    private void add(EvalEvent eval, int number) {
        dropEvals(eval.step());
        int branch = branches.size() - 1;
        int row = rowAt(branch, eval.step());
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", eval.loss());
        values.putAll(eval.scores());
        evals.add(new LiveEval(
                branch,
                number,
                eval.step(),
                row < 0 ? 0 : steps.tokens(row),
                row < 0 ? 0 : steps.seconds(row),
                values));
    }

    private void add(BranchEvent start) {
        if (branches.size() == MAX_BRANCHES) {
            throw new IllegalArgumentException("more than " + MAX_BRANCHES + " branches");
        }
        int parent = index(start.parent(), branches.size());
        int row = parent < 0 ? -1 : rowAt(parent, start.step());
        branches.add(new LiveBranch(
                start.branch(),
                start.parent(),
                start.step(),
                start.factor(),
                start.reason(),
                steps.size(),
                row < 0 ? 0 : steps.tokens(row),
                row < 0 ? 0 : steps.seconds(row)));
        running.branch();
        signs.branch();
    }

    private void keep(int number, long step, String type, String who, String action, String text) {
        LiveEvent event = new LiveEvent(numEvents++, branches.size() - 1, number, step, type, who, action, text);
        events.add(event);
        signs.event(event);
        if (events.size() >= 2 * MAX_EVENTS) {
            events.subList(0, events.size() - MAX_EVENTS).clear();
        }
    }

    private int addRare() {
        if (numRare == rare.length) {
            rare = Arrays.copyOf(rare, 2 * numRare);
        }
        rare[numRare] = records();
        numRare++;
        return numRare - 1;
    }

    /** The updates. */
    StepColumns steps() {
        return steps;
    }

    /** The branches in their order, the main one first; at least that. */
    List<LiveBranch> branches() {
        return Collections.unmodifiableList(branches);
    }

    LiveBranch lastBranch() {
        return branches.get(branches.size() - 1);
    }

    /** The row behind a branch's last one. */
    int endRow(int branch) {
        return branch + 1 < branches.size() ? branches.get(branch + 1).firstRow() : steps.size();
    }

    /** The branch of a row. */
    int branchOf(int row) {
        int branch = branches.size() - 1;
        while (branches.get(branch).firstRow() > row) {
            branch--;
        }
        return branch;
    }

    /** The last branch of a name among the first {@code before}; -1 where there is none. */
    int index(String name, int before) {
        for (int i = before - 1; i >= 0; i--) {
            if (branches.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** The branch from which one starts; -1 for the first, and where it is not known. */
    int parent(int branch) {
        return index(branches.get(branch).parent(), branch);
    }

    /** The row of a step, or of the last one before it, on the way from the start to a branch; -1 where there is none. */
    int rowAt(int branch, long step) {
        long until = step;
        for (int at = branch; at >= 0; at = parent(at)) {
            int row = rowAfter(branches.get(at).firstRow(), endRow(at), until) - 1;
            if (row >= branches.get(at).firstRow()) {
                return row;
            }
            until = Math.min(until, branches.get(at).from());
        }
        return -1;
    }

    /** The first row in a part of one branch that is of a later step. */
    int rowAfter(int from, int to, long step) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (steps.step(middle) <= step) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    List<LiveEval> evals() {
        return Collections.unmodifiableList(evals);
    }

    @Nullable
    LiveEval lastEval() {
        return evals.isEmpty() ? null : evals.get(evals.size() - 1);
    }

    /** The evaluation with the lowest loss; null where none has a finite one. */
    @Nullable
    LiveEval bestEval() {
        LiveEval best = null;
        for (LiveEval eval : evals) {
            if (Double.isFinite(eval.loss()) && (best == null || eval.loss() < best.loss())) {
                best = eval;
            }
        }
        return best;
    }

    /** The last of the other events, {@value #MAX_EVENTS} or more where there were so many. */
    List<LiveEvent> events() {
        return Collections.unmodifiableList(events);
    }

    /** How many other events there were. */
    long numEvents() {
        return numEvents;
    }

    RunningLoss running() {
        return running;
    }

    RunSigns signs() {
        return signs;
    }

    /** Lines that were understood. */
    long records() {
        return (long) steps.size() + numRare;
    }

    /** How often updates were made again. */
    int cuts() {
        return cuts;
    }

    /** The record of something that is no update. */
    long recordOf(int rareNumber) {
        return rare[rareNumber];
    }

    /** How many updates are among the first so many records. */
    int rowsBefore(long record) {
        return (int) (record - rareBefore(record));
    }

    /** How many others are among the first so many records. */
    int rareBefore(long record) {
        int at = Arrays.binarySearch(rare, 0, numRare, record);
        return at < 0 ? -at - 1 : at;
    }
}
