package dev.stride.report;

import java.util.List;

/**
 * What another profile of the plan would have chosen.
 *
 * @param name the profile
 * @param ledger how its peak comes about; empty where it has none, or where the plan is of an older version
 * @param choices the numbers that differ from the plan's, each with its reason
 * @param refusal why it has no numbers; empty where it has
 */
public record OtherProfile(String name, List<LedgerEntry> ledger, List<LedgerEntry> choices, String refusal) {
    public OtherProfile {
        ledger = List.copyOf(ledger);
        choices = List.copyOf(choices);
    }
}
