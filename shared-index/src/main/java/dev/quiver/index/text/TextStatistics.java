package dev.quiver.index.text;

import java.util.ArrayList;
import java.util.List;

/**
 * What the scores of a query depend on beside the rows themselves: how many rows there are, how long they are, and how many have each word. Who keeps it can search again with the same scores after a compaction, when deleted rows do not
 * count any more.
 *
 * @param numbers in the order of the query's fields and words
 */
public record TextStatistics(List<Long> numbers) {
    private static final int RADIX = 36;

    public TextStatistics {
        numbers = List.copyOf(numbers);
    }

    /** @throws IllegalArgumentException if it was not made by {@link #toString} */
    public static TextStatistics parse(String text) {
        List<Long> numbers = new ArrayList<>();
        for (String number : text.isEmpty() ? new String[0] : text.split("\\.", -1)) {
            long n = Long.parseLong(number, RADIX);
            if (n < 0) {
                throw new IllegalArgumentException("A number of rows is " + n + ", it must not be negative.");
            }
            numbers.add(n);
        }
        return new TextStatistics(numbers);
    }

    /** Short, of letters, digits and dots. */
    @Override
    public String toString() {
        return String.join(
                ".", numbers.stream().map(n -> Long.toString(n, RADIX)).toList());
    }
}
