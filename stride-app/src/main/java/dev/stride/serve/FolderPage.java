package dev.stride.serve;

import dev.stride.report.Language;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Draws the page of a run's or a sweep's folder as it is now; nothing is written. */
@FunctionalInterface
public interface FolderPage {
    /**
     * The page.
     *
     * @param language that is shown first; null for that of the system
     * @throws dev.stride.config.UserException if the folder cannot be shown
     */
    String render(Path folder, @Nullable Language language);
}
