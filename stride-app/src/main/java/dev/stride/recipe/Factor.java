package dev.stride.recipe;

/**
 * One line of the ledger.
 *
 * @param name what acts: {@code given}, {@code recipe}, {@code method}, {@code batch}, {@code hardware}, {@code cap},
 *     {@code layer decay}, {@code LoRA+}, {@code group}, {@code recovery}
 * @param value a rate on the first line, a plain number on the others
 * @param reason a sentence
 */
public record Factor(String name, double value, String reason) {}
