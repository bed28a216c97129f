package dev.stride.samples;

/**
 * A customer's message and the desk it belongs to.
 *
 * @param text the message, at most 70 characters
 * @param label 物流, 质量, 退款, 发票, 咨询 or 表扬
 */
public record LabelledText(String text, String label) {}
