package dev.stride.report;

import java.util.List;

/**
 * What another profile of the plan would have chosen.
 *
 * @param name the profile
 * @param choices its numbers, each with its reason
 */
public record OtherProfile(String name, List<LedgerEntry> choices) {
    public OtherProfile {
        choices = List.copyOf(choices);
    }
}
