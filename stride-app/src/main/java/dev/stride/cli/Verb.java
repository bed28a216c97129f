package dev.stride.cli;

import java.util.List;
import java.util.concurrent.Callable;

/** One verb of the command line; its knobs come from the registry. */
interface Verb extends Callable<Integer> {
    /** Sections and single paths of the knobs that are flags of this verb. */
    default List<String> knobs() {
        return List.of();
    }

    /** Verbs below this one, as {@code check} in {@code stride data check}. */
    default List<Verb> verbs() {
        return List.of();
    }

    /** Whether what follows the first word without a dash belongs to another verb, as behind {@code launch}. */
    default boolean takesCommand() {
        return false;
    }
}
