package dev.stride.recipe;

import java.util.List;

/**
 * Parameters that share a rate: that of the schedule, times factors of their own.
 *
 * @param name of its series of rates, for example {@code decay}, {@code no_decay.layer03} or {@code lora_b}
 * @param decays whether weight decay acts on it
 * @param factors in the order in which they are multiplied; empty where it has the schedule's rate
 * @param parameters the names of its parameters
 */
public record RateGroup(String name, boolean decays, List<Factor> factors, List<String> parameters) {
    /** The factor of a recovery; before any it is 1. */
    static final String RECOVERY = "recovery";

    public RateGroup {
        factors = List.copyOf(factors);
        parameters = List.copyOf(parameters);
    }

    /**
     * The rate that an update uses: the products are taken in this order everywhere, so that what is planned and what is
     * used are the same doubles.
     *
     * @param scheduled what the schedule says for the update
     * @param recovery 1, or less after recoveries
     */
    public double rate(double scheduled, double recovery) {
        double rate = scheduled;
        for (Factor factor : factors) {
            rate *= factor.value();
        }
        return rate * recovery;
    }
}
