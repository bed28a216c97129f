package dev.stride.config;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What may stand at a knob, and how it is read from text. */
sealed interface KnobType
        permits KnobType.Text,
                KnobType.Folder,
                KnobType.Sources,
                KnobType.Whole,
                KnobType.Decimal,
                KnobType.Switch,
                KnobType.Choice,
                KnobType.Names,
                KnobType.Columns,
                KnobType.Part,
                KnobType.Updates,
                KnobType.Percent,
                KnobType.Every,
                KnobType.Device,
                GroupFactorsType,
                GuardsType,
                RatesType,
                ValuesType,
                WeightsType {
    /** What may stand there, for people. */
    String allowed();

    /** The value of one text; null if it is not allowed. */
    @Nullable
    Object parse(String text);

    /** Whether several values may be given. */
    default boolean isList() {
        return false;
    }

    /** What to do about a text that is not allowed; empty where {@link #allowed} tells. */
    default String advice(String text) {
        return "";
    }

    /** Any text. */
    record Text(String allowed) implements KnobType {
        @Override
        public @Nullable Object parse(String text) {
            return text.isBlank() ? null : text;
        }
    }

    /** A file or folder. */
    record Folder() implements KnobType {
        @Override
        public String allowed() {
            return "a folder";
        }

        @Override
        public @Nullable Object parse(String text) {
            return pathOf(text);
        }
    }

    /** Data files, each with an optional weight. */
    record Sources(boolean weighted) implements KnobType {
        @Override
        public String allowed() {
            return weighted
                    ? "files or folders, each as FILE or FILE:WEIGHT with a weight above 0"
                    : "files or folders";
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public @Nullable Object parse(String text) {
            int colon = text.lastIndexOf(':');
            Double weight = weighted && colon > 0 ? Decimal.number(text.substring(colon + 1)) : null;
            if (weight == null) {
                Path path = pathOf(text);
                return path == null ? null : new DataSource(path, 1);
            }
            Path path = pathOf(text.substring(0, colon));
            return path == null || !(weight > 0) ? null : new DataSource(path, weight);
        }
    }

    /** A whole number in a range. */
    record Whole(long min, long max) implements KnobType {
        @Override
        public String allowed() {
            return max >= Integer.MAX_VALUE
                    ? "a whole number of at least " + min
                    : "a whole number from " + min + " to " + max;
        }

        @Override
        public @Nullable Object parse(String text) {
            try {
                // 1e3 is a whole number too
                long value = new BigDecimal(text.strip()).longValueExact();
                return value < min || value > max ? null : (Object) value;
            } catch (NumberFormatException | ArithmeticException e) {
                return null;
            }
        }
    }

    /** A number in a range whose ends may be left out. */
    record Decimal(double min, boolean withMin, double max, boolean withMax) implements KnobType {
        @Override
        public String allowed() {
            String low = (withMin ? "of at least " : "above ") + Numbers.text(min);
            if (max == Double.POSITIVE_INFINITY) {
                return "a number " + low;
            }
            return "a number " + low + " and " + (withMax ? "at most " : "below ") + Numbers.text(max);
        }

        @Override
        public @Nullable Object parse(String text) {
            Double value = number(text);
            if (value == null || (withMin ? value < min : value <= min) || (withMax ? value > max : value >= max)) {
                return null;
            }
            return value;
        }

        /** Every spelling of a finite decimal number: 2e-5, 2.0E-05, .5; null for anything else. */
        static @Nullable Double number(String text) {
            try {
                double value = new BigDecimal(text.strip()).doubleValue();
                return Double.isInfinite(value) ? null : (Double) value;
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }

    /** On or off. */
    record Switch() implements KnobType {
        @Override
        public String allowed() {
            return "on or off";
        }

        @Override
        public @Nullable Object parse(String text) {
            return switch (text.strip().toLowerCase(Locale.ROOT)) {
                case "on", "true", "yes" -> true;
                case "off", "false", "no" -> false;
                default -> null;
            };
        }
    }

    /** One of the words of an enum. {@code refused} are words that are known and honestly declined. */
    record Choice(List<? extends Word> words, Map<String, String> refused) implements KnobType {
        static Choice of(Word... words) {
            return new Choice(List.of(words), Map.of());
        }

        Choice refusing(String word, String sentence) {
            Map<String, String> all = new LinkedHashMap<>(refused);
            all.put(word, sentence);
            return new Choice(words, all);
        }

        @Override
        public String allowed() {
            return words.stream().map(Word::word).collect(Collectors.joining(", "));
        }

        @Override
        public @Nullable Object parse(String text) {
            String word = text.strip();
            return words.stream()
                    .filter(known -> known.word().equals(word))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public String advice(String text) {
            String word = text.strip();
            String sentence = refused.get(word);
            return sentence != null
                    ? sentence
                    : Nearest.advice(word, words.stream().map(Word::word).toList());
        }
    }

    /** Some of the given names, separated by commas, or {@code all}. */
    record Names(List<String> names) implements KnobType {
        @Override
        public String allowed() {
            return "all, or some of " + String.join(",", names);
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public @Nullable Object parse(String text) {
            if (text.strip().equals("all")) {
                return names;
            }
            Set<String> chosen = new LinkedHashSet<>();
            for (String name : text.split(",", -1)) {
                if (!names.contains(name.strip()) || !chosen.add(name.strip())) {
                    return null;
                }
            }
            return List.copyOf(chosen);
        }

        @Override
        public String advice(String text) {
            return Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .filter(name -> !names.contains(name))
                    .findFirst()
                    .map(name -> Nearest.advice(name, names))
                    .orElse("");
        }
    }

    /** {@code role=column} pairs separated by commas. */
    record Columns(List<String> roles) implements KnobType {
        @Override
        public String allowed() {
            return "role=column pairs separated by commas; roles: " + String.join(", ", roles);
        }

        @Override
        public @Nullable Object parse(String text) {
            Map<String, String> columns = new LinkedHashMap<>();
            for (String pair : text.split(",", -1)) {
                int equals = pair.indexOf('=');
                String role = equals < 0 ? "" : pair.substring(0, equals).strip();
                String column = pair.substring(equals + 1).strip();
                if (!roles.contains(role) || column.isEmpty() || columns.put(role, column) != null) {
                    return null;
                }
            }
            return java.util.Collections.unmodifiableMap(columns);
        }
    }

    /** A number of updates or a percentage of them. */
    record Part(boolean withZero) implements KnobType {
        @Override
        public String allowed() {
            return "a percentage such as 8%, or a whole number of updates such as 60"
                    + (withZero ? "; 0 for none" : "");
        }

        @Override
        public @Nullable Object parse(String text) {
            String part = text.strip();
            Share share = part.endsWith("%") ? Percent.share(part) : Updates.share(part);
            return share == null || (share.isNone() && !withZero) ? null : share;
        }

        @Override
        public String advice(String text) {
            Double value = Decimal.number(text);
            if (value == null || value <= 0 || value > 1) {
                return "";
            }
            String percentage = Percent.hundredfold(text) + "%";
            return value == 1
                    ? "1 is one update, " + percentage + " is all of them."
                    : "A share is written as a percentage: " + percentage + ".";
        }
    }

    /** A number of updates, as a {@link Share}. */
    record Updates() implements KnobType {
        @Override
        public String allowed() {
            return "a whole number of updates such as 60; 0 for none";
        }

        @Override
        public @Nullable Object parse(String text) {
            return share(text.strip());
        }

        @Override
        public String advice(String text) {
            return text.contains("%") || text.contains(".") ? "A percentage is schedule.warmup_percent." : "";
        }

        /** Null for anything else, and for 1.0, which could be meant as a share of all. */
        static @Nullable Share share(String text) {
            try {
                long steps = new BigDecimal(text).longValueExact();
                return steps > 0 && text.contains(".") ? null : Share.ofSteps(steps);
            } catch (IllegalArgumentException | ArithmeticException e) {
                return null;
            }
        }
    }

    /** A percentage of the updates, as a {@link Share}. */
    record Percent() implements KnobType {
        @Override
        public String allowed() {
            return "a percentage from 0 to 100 such as 8, with or without the sign; below 1 with it";
        }

        @Override
        public @Nullable Object parse(String text) {
            return isShare(text) ? null : share(text.strip());
        }

        @Override
        public String advice(String text) {
            return isShare(text)
                    ? "As a share of all it is " + hundredfold(text) + "; as a percentage write " + text.strip() + "%."
                    : "";
        }

        /** A bare number between 0 and 1 is meant as a share more often than as less than one percent. */
        private static boolean isShare(String text) {
            Double value = Decimal.number(text);
            return value != null && value > 0 && value < 1;
        }

        /** With or without the sign; null for anything else. */
        static @Nullable Share share(String text) {
            String number = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
            try {
                Share share = Share.ofPercent(number.strip());
                // no run is long enough for more digits, and the exact product would be
                return Math.abs(Objects.requireNonNull(share.percent()).scale()) > 12 ? null : share;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }

        static String hundredfold(String text) {
            return new BigDecimal(text.strip())
                    .movePointRight(2)
                    .stripTrailingZeros()
                    .toPlainString();
        }
    }

    /** Each epoch, or every so many updates. */
    record Every() implements KnobType {
        @Override
        public String allowed() {
            return "epoch, or a whole number of updates of at least 1";
        }

        @Override
        public @Nullable Object parse(String text) {
            if (text.strip().equals("epoch")) {
                return Cadence.EPOCH;
            }
            Object steps = new Whole(1, Long.MAX_VALUE).parse(text);
            return steps == null ? null : new Cadence((Long) steps);
        }
    }

    /** A device. */
    record Device() implements KnobType {
        @Override
        public String allowed() {
            return "auto, cpu, cuda, cuda:N";
        }

        @Override
        public @Nullable Object parse(String text) {
            return switch (text.strip()) {
                case "auto" -> new DeviceChoice(DeviceChoice.Kind.AUTO, 0);
                case "cpu" -> new DeviceChoice(DeviceChoice.Kind.CPU, 0);
                case "cuda" -> new DeviceChoice(DeviceChoice.Kind.CUDA, 0);
                default ->
                    text.strip().matches("cuda:\\d{1,4}")
                            ? new DeviceChoice(
                                    DeviceChoice.Kind.CUDA,
                                    Integer.parseInt(text.strip().substring(5)))
                            : null;
            };
        }
    }

    private static @Nullable Path pathOf(String text) {
        try {
            return text.isBlank() ? null : Path.of(text.strip());
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
