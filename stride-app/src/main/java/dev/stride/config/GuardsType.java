package dev.stride.config;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code NAME=on} or {@code NAME=off}, separated by commas, where a name is a guard's or {@code all}. */
record GuardsType() implements KnobType {
    @Override
    public String allowed() {
        return "NAME=on or NAME=off, separated by commas; names: " + String.join(", ", names());
    }

    @Override
    public boolean isList() {
        return true;
    }

    @Override
    public @Nullable Object parse(String text) {
        Set<GuardSwitch> switches = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = name(part);
            Object on = equals < 0 ? null : new KnobType.Switch().parse(part.substring(equals + 1));
            if (on == null || !names().contains(name)) {
                return null;
            }
            switches.add(new GuardSwitch(guard(name), (Boolean) on));
        }
        return List.copyOf(switches);
    }

    @Override
    public String advice(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(GuardsType::name)
                .filter(name -> !names().contains(name))
                .findFirst()
                .map(name -> Nearest.advice(name, names()))
                .orElse("");
    }

    private static List<String> names() {
        return Stream.concat(
                        Stream.of(GuardSwitch.ALL),
                        Arrays.stream(Guard.values()).map(Guard::word))
                .toList();
    }

    private static String name(String part) {
        int equals = part.indexOf('=');
        return (equals < 0 ? part : part.substring(0, equals)).strip();
    }

    private static @Nullable Guard guard(String name) {
        return Arrays.stream(Guard.values())
                .filter(guard -> guard.word().equals(name))
                .findFirst()
                .orElse(null);
    }
}
