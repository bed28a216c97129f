package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The start of a branch: from the checkpoint of {@code step} of the parent, what follows belongs to {@code branch}, and
 * its updates count on from {@code step + 1}.
 *
 * @param step updates that the branch starts with
 * @param branch its name, for example {@code recovery-1}
 * @param parent the branch whose checkpoint it starts from; {@link RunBranch#MAIN} as a rule
 * @param factor on the rate of the plan
 * @param reason why, as a sentence with its figures
 * @param cooldown updates in which the rate falls to 0 as {@code 1 - sqrt}; 0 where it follows the plan
 */
public record BranchEvent(long step, String branch, String parent, double factor, String reason, long cooldown)
        implements RunEvent {
    static final String TYPE = "branch";

    public BranchEvent {
        RunBranch.checkName(branch);
        if (cooldown < 0) {
            throw new IllegalArgumentException("a cooldown of " + cooldown + " updates");
        }
    }

    /** A branch whose rate follows the plan. */
    public BranchEvent(long step, String branch, String parent, double factor, String reason) {
        this(step, branch, parent, factor, reason, 0);
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode line = JsonFields.event(TYPE, step).put("branch", branch).put("parent", parent);
        JsonFields.put(line, "factor", factor);
        line.put("reason", reason);
        return cooldown > 0 ? line.put("cooldown", cooldown) : line;
    }

    static BranchEvent read(JsonFields fields) {
        return new BranchEvent(
                fields.whole("step"),
                fields.text("branch"),
                fields.text("parent"),
                fields.number("factor"),
                fields.text("reason"),
                fields.whole("cooldown", 0));
    }
}
