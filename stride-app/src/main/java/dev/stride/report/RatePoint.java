package dev.stride.report;

/**
 * The rate that is planned for one update.
 *
 * @param step the update, from 1
 * @param lr its rate
 */
public record RatePoint(long step, double lr) {}
