/** Scores of texts and counts: BLEU, ROUGE, F1, perplexity. */
@NullMarked
package dev.stride.metrics;

import org.jspecify.annotations.NullMarked;
