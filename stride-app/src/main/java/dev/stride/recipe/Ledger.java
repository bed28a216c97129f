package dev.stride.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How a rate came about: a product of factors, each with its reason.
 *
 * @param factors the first is a rate, the others multiply it in order
 */
public record Ledger(List<Factor> factors) {
    /** The first factor where a person gave the rate. */
    static final String GIVEN = "given";

    /** The factor that keeps a product at or below its cap. */
    static final String CAP = "cap";

    public Ledger {
        factors = List.copyOf(factors);
        if (factors.isEmpty()) {
            throw new IllegalArgumentException("a ledger has at least one factor");
        }
    }

    /** The rate itself: the product in the order of the factors. */
    public double product() {
        double product = 1;
        for (Factor factor : factors) {
            product *= factor.value();
        }
        return product;
    }

    /** The value of the factor of a name; 1 where there is none. */
    double value(String name) {
        return factors.stream()
                .filter(factor -> factor.name().equals(name))
                .mapToDouble(Factor::value)
                .findFirst()
                .orElse(1);
    }

    /** The names of its factors, then those of another ledger that it does not have. */
    List<String> withNames(Ledger other) {
        return Stream.concat(factors.stream(), other.factors.stream())
                .map(Factor::name)
                .distinct()
                .toList();
    }

    /** Whether a person gave the rate. */
    public boolean isGiven() {
        return factors.get(0).name().equals(GIVEN);
    }

    /** The same with more factors behind. */
    Ledger times(List<Factor> more) {
        List<Factor> all = new ArrayList<>(factors);
        all.addAll(more);
        return new Ledger(all);
    }

    /** The same with a last factor that keeps the product at or below a cap; 1 where it is there already. */
    Ledger capped(double cap, String above, String below) {
        double product = product();
        double factor = product > cap ? cap / product : 1;
        while (product * factor > cap) {
            factor = Math.nextDown(factor); // the quotient may be rounded up
        }
        return times(List.of(new Factor(CAP, factor, product > cap ? above : below)));
    }
}
