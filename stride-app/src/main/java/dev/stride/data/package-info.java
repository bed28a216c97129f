/**
 * Files become examples, examples become batches of plain arrays.
 *
 * <p>The way of a row: {@link dev.stride.data.DataReader} recognises a file and reads it into
 * {@link dev.stride.data.Example}s; {@link dev.stride.data.TokenizedData} holds them as ids and labels;
 * {@link dev.stride.data.DataLoader} orders them and gives one {@link dev.stride.data.Update} after the other, each a few
 * {@link dev.stride.data.Batch}es. {@link dev.stride.data.DataCheck} reports on files without training.
 */
@NullMarked
package dev.stride.data;

import org.jspecify.annotations.NullMarked;
