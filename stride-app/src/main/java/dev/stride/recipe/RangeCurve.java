package dev.stride.recipe;

import java.util.ArrayList;
import java.util.List;

/**
 * The loss over a rising learning rate: what one pass of a range test saw, or several passes together.
 *
 * @param rates ascending and above 0, evenly spaced on a logarithmic axis
 * @param losses the loss at each rate, finite: a curve ends before a loss that is not
 * @param end why there is no further point
 */
public record RangeCurve(List<Double> rates, List<Double> losses, End end) {
    /** Why a curve ends. */
    public enum End {
        /** The highest rate was tried. */
        HIGHEST_RATE,
        /** The smoothed loss rose over a multiple of its lowest value. */
        LOSS_ROSE,
        /** The loss or the gradient norm was not finite. */
        NOT_FINITE
    }

    public RangeCurve {
        rates = List.copyOf(rates);
        losses = List.copyOf(losses);
        if (rates.size() != losses.size()) {
            throw new IllegalArgumentException(rates.size() + " rates but " + losses.size() + " losses");
        }
        for (int i = 0; i < rates.size(); i++) {
            if (!(rates.get(i) > (i == 0 ? 0 : rates.get(i - 1)))) {
                throw new IllegalArgumentException("rates must rise from above 0: " + rates.get(i) + " at " + i);
            }
            if (!Double.isFinite(losses.get(i))) {
                throw new IllegalArgumentException("a curve ends before a loss of " + losses.get(i));
            }
        }
    }

    /** The number of points. */
    public int size() {
        return rates.size();
    }

    /**
     * Point by point the median of several passes over the same rates; of an even number the higher one of the middle. A
     * pass that ended counts as higher than any loss, so the curve ends where half of the passes have.
     *
     * @throws IllegalArgumentException without a pass
     */
    public static RangeCurve median(List<RangeCurve> passes) {
        if (passes.isEmpty()) {
            throw new IllegalArgumentException("no pass to take a median of");
        }
        List<RangeCurve> byLength = passes.stream()
                .sorted((a, b) -> Integer.compare(a.size(), b.size()))
                .toList();
        // the pass whose end makes the median infinite
        RangeCurve deciding = byLength.get((passes.size() - 1) / 2);
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < deciding.size(); i++) {
            List<Double> here = new ArrayList<>();
            for (RangeCurve pass : passes) {
                here.add(i < pass.size() ? pass.losses().get(i) : Double.POSITIVE_INFINITY);
            }
            here.sort(null);
            losses.add(here.get(passes.size() / 2));
        }
        return new RangeCurve(deciding.rates(), losses, deciding.end());
    }
}
