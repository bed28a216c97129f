package dev.stride.search;

import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rates that a sweep begins with.
 *
 * @param rates ascending, each once
 * @param warnings for people: rates above the cap of the method
 */
public record RateGrid(List<Double> rates, List<String> warnings) {
    /** Rates at most. */
    public static final int MOST = 40;

    /** What the baseline is multiplied by where no rates are given. */
    private static final List<Double> FACTORS = List.of(0.3, 1.0, 3.0);

    private static final String WHERE = "--lrs";

    public RateGrid {
        rates = List.copyOf(rates);
        warnings = List.copyOf(warnings);
    }

    /** The default grid: the baseline with 0.3 and 3 times it, three significant digits. */
    public static RateGrid around(double baseline, @Nullable Double cap, String method) {
        return of(FACTORS.stream().map(factor -> Rates.round(baseline * factor)).toList(), cap, method);
    }

    /**
     * Any rates, in any order.
     *
     * @param cap the highest rate that the method is known to bear, or null
     * @param method whose cap it is, for example {@code lora}
     * @throws UserException with everything that is wrong with them
     */
    public static RateGrid of(List<Double> given, @Nullable Double cap, String method) {
        List<Problem> problems = new ArrayList<>();
        if (given.isEmpty()) {
            problems.add(Problem.of(WHERE, "no rate", "rates above 0, for example 1e-5,3e-5,1e-4"));
        }
        if (given.size() > MOST) {
            problems.add(Problem.of(WHERE, given.size() + " rates", "at most " + MOST));
        }
        Map<Double, Integer> places = new LinkedHashMap<>();
        for (int i = 0; i < given.size(); i++) {
            double lr = given.get(i);
            if (!(lr > 0) || Double.isInfinite(lr)) {
                problems.add(Problem.of(
                        WHERE,
                        "rate " + (i + 1) + " is " + (Double.isFinite(lr) ? Numbers.text(lr) : lr),
                        "finite rates above 0"));
                continue;
            }
            Integer first = places.putIfAbsent(lr, i + 1);
            if (first != null) {
                problems.add(Problem.of(
                        WHERE, "rates " + first + " and " + (i + 1) + " are both " + Rates.name(lr), "each rate once"));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("These rates cannot be swept", problems);
        }
        List<Double> sorted = given.stream().sorted().toList();
        List<String> warnings = new ArrayList<>();
        List<String> above = sorted.stream()
                .filter(lr -> cap != null && lr > cap)
                .map(Rates::name)
                .toList();
        if (cap != null && !above.isEmpty()) {
            warnings.add(String.join(", ", above) + (above.size() == 1 ? " is" : " are") + " above " + Rates.name(cap)
                    + ", the cap of method " + method + "; used as given");
        }
        return new RateGrid(sorted, warnings);
    }

    /** The largest ratio of two neighbours, above 1: the step of {@link RateSearch}; 10/3 with one rate. */
    public double ratio() {
        double widest = rates.size() == 1 ? 10 / 3.0 : 1;
        for (int i = 1; i < rates.size(); i++) {
            widest = Math.max(widest, rates.get(i) / rates.get(i - 1));
        }
        return widest;
    }
}
