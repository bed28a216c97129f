package dev.stride.samples;

import java.util.List;

/**
 * A data set in three parts that share nothing.
 *
 * @param train what a model learns from
 * @param validation what choices are made by, such as the rate or when to stop
 * @param test what is looked at once, at the end
 */
public record Splits<T>(List<T> train, List<T> validation, List<T> test) {
    public Splits {
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
    }
}
