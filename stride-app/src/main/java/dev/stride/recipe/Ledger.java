package dev.stride.recipe;

import java.util.List;

/**
 * How the peak rate came about: a product of factors, each with its reason.
 *
 * @param factors the first is a rate, the others multiply it in order
 */
public record Ledger(List<Factor> factors) {
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

    /** Whether a person gave the rate. */
    public boolean isGiven() {
        return factors.get(0).name().equals("given");
    }
}
