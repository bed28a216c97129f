package dev.stride.samples;

/** One piece of the general corpus. */
public sealed interface SampleItem permits PlainText, Conversation {}
