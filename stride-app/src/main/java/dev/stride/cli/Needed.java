package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.Setting;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Settings without which a verb has nothing to do. */
final class Needed {
    private Needed() {}

    /**
     * Goes on if every one of these has a value.
     *
     * @throws UserException naming all that are missing
     */
    static void check(String verb, RunConfig config, String... paths) {
        List<Problem> problems = new ArrayList<>();
        for (String path : paths) {
            Setting setting = Objects.requireNonNull(config.settings().get(path), path);
            if (setting.value() == null) {
                problems.add(new Problem(
                        path,
                        "missing",
                        setting.knob().allowed(),
                        "",
                        "Give " + setting.knob().flag()));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException(verb + " cannot start", problems);
        }
    }
}
