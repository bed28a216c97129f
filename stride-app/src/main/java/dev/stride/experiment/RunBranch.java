package dev.stride.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One line of a run's history: the main one, or a recovery that starts again from a checkpoint.
 *
 * @param name {@link #MAIN}, or what its {@link BranchEvent} says
 * @param parent the branch it starts from; empty for the main one
 * @param fromStep updates that it starts with; 0 for the main one
 * @param factor on the rate of the plan; 1 for the main one
 * @param events its own events in their order, its {@link BranchEvent} first
 */
public record RunBranch(String name, String parent, long fromStep, double factor, List<RunEvent> events) {
    /** The name of the branch that every run begins with. */
    public static final String MAIN = "main";

    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

    public RunBranch {
        events = List.copyOf(events);
    }

    /** The branches of a run in the order in which they were trained; the main one comes first, also where it is empty. */
    public static List<RunBranch> of(List<RunEvent> events) {
        List<RunBranch> branches = new ArrayList<>();
        BranchEvent start = null;
        List<RunEvent> own = new ArrayList<>();
        for (RunEvent event : events) {
            if (event instanceof BranchEvent next) {
                branches.add(branch(start, own));
                own.clear();
                start = next;
            }
            own.add(event);
        }
        branches.add(branch(start, own));
        return branches;
    }

    private static RunBranch branch(@org.jspecify.annotations.Nullable BranchEvent start, List<RunEvent> events) {
        return start == null
                ? new RunBranch(MAIN, "", 0, 1, events)
                : new RunBranch(start.branch(), start.parent(), start.step(), start.factor(), events);
    }

    /** The branch whose checkpoint has this path in the run's folder: {@code checkpoints/recovery-1/step-000400}. */
    public static String ofCheckpoint(String path) {
        String[] parts = path.split("/");
        return parts.length > 2 ? parts[1] : MAIN;
    }

    /** Whether this may be the name of a branch other than the main one; it names a folder too. */
    public static boolean isName(String name) {
        return !name.equals(MAIN)
                && !name.startsWith("step-")
                && NAME.matcher(name).matches();
    }

    static void checkName(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "'" + name + "' cannot name a branch: small letters, digits and hyphens");
        }
    }
}
