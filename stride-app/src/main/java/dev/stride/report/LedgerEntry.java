package dev.stride.report;

/**
 * One number of the plan.
 *
 * @param name what it is
 * @param value as people read it
 * @param reason where it comes from
 */
public record LedgerEntry(String name, String value, String reason) {}
