package dev.stride.experiment;

import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * TensorBoard's files of a run with branches: the main branch in the folder itself, each other in a folder of its own
 * inside, so that TensorBoard shows it as a run beside the main one.
 */
final class BranchedTensorBoard implements EventSink {
    private final Path folder;
    private final InstantSource clock;
    private EventSink current;
    private @Nullable TrialSummary run;

    BranchedTensorBoard(Path folder, String branch, long lastStep, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
        this.current = new TensorBoardSink(of(branch), lastStep, clock);
    }

    private Path of(String branch) {
        return branch.equals(RunBranch.MAIN) ? folder : folder.resolve(branch);
    }

    @Override
    public void write(RunEvent event) {
        if (event instanceof BranchEvent start) {
            current.close();
            current = new TensorBoardSink(of(start.branch()), start.step(), clock);
            if (run != null) {
                current.write(run);
            }
        }
        current.write(event);
    }

    /** Each branch is a row of the table, and all of them are one group. */
    @Override
    public void write(TrialSummary summary) {
        run = summary;
        current.write(summary);
    }

    @Override
    public void write(SampleRecord sample) {
        current.write(sample);
    }

    @Override
    public void flush() {
        current.flush();
    }

    @Override
    public void close() {
        current.close();
    }
}
