package dev.quiver.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/** Times several things in turn, round after round, so that a noise of the machine meets all of them alike. */
final class Rounds {

    /** In seconds. */
    record Timing(double median, double fastest) {}

    private final Map<String, IntConsumer> tasks = new LinkedHashMap<>();

    /** @param task is given the number of the round */
    void add(String name, IntConsumer task) {
        tasks.put(name, task);
    }

    /** @param warmup rounds that do not count */
    Map<String, Timing> run(int warmup, int rounds) {
        Map<String, double[]> seconds = new LinkedHashMap<>();
        tasks.keySet().forEach(name -> seconds.put(name, new double[rounds]));
        for (int r = -warmup; r < rounds; r++) {
            int round = r;
            tasks.forEach((name, task) -> {
                long started = System.nanoTime();
                task.accept(round + warmup);
                double taken = (System.nanoTime() - started) / 1e9;
                if (round >= 0) {
                    seconds.get(name)[round] = taken;
                }
            });
        }
        Map<String, Timing> timings = new LinkedHashMap<>();
        seconds.forEach((name, s) -> {
            Arrays.sort(s);
            timings.put(name, new Timing(s[s.length / 2], s[0]));
        });
        return timings;
    }
}
