package dev.stride.sweep;

import dev.stride.config.Knob;
import dev.stride.config.RunConfig;
import dev.stride.config.Setting;
import dev.stride.config.ShellWords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The command line of the run that a sweep recommends: what was given of the trials, with what the sweep chose. */
final class FinalCommand {
    private static final List<String> NOT_OF_A_RUN = List.of("sweep", "output");

    private FinalCommand() {}

    /**
     * The command.
     *
     * @param chosen texts by path, over what was given; none where the run must do without
     */
    static String of(RunConfig asked, Map<String, List<String>> chosen) {
        Map<Knob, List<String>> values = new LinkedHashMap<>();
        for (Setting setting : asked.settings().values()) {
            Knob knob = setting.knob();
            if (chosen.containsKey(knob.path())) {
                values.put(knob, chosen.getOrDefault(knob.path(), List.of()));
            } else if (setting.origin().isGiven() && !NOT_OF_A_RUN.contains(knob.section())) {
                values.put(knob, setting.texts());
            }
        }
        List<String> words = new ArrayList<>(List.of("./stride", "train"));
        values.forEach((knob, texts) -> texts.forEach(text -> {
            words.add(knob.flag());
            words.add(text);
        }));
        return ShellWords.of(words);
    }
}
