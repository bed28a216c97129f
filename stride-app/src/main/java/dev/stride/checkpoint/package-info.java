/**
 * Weights on disk: reading, writing, saving and resuming.
 *
 * <p>Reading: {@link dev.stride.checkpoint.WeightReader} over safetensors and PyTorch files, {@link
 * dev.stride.checkpoint.Adapter} over a PEFT folder. Writing: {@link dev.stride.checkpoint.CheckpointStore} for the
 * checkpoints of a run, {@link dev.stride.checkpoint.ModelFolder} for a whole model; both build on {@link
 * dev.stride.checkpoint.AtomicFolder}, so a folder is there whole or not at all. A tensor is plain bytes here ({@link
 * dev.stride.checkpoint.StoredTensor}); nothing in this package knows libtorch.
 */
@NullMarked
package dev.stride.checkpoint;

import org.jspecify.annotations.NullMarked;
