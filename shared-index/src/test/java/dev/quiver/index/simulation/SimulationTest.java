package dev.quiver.index.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.quiver.index.simulation.Mutants.Runner;
import dev.quiver.index.simulation.SimulatedStore.Broken;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -Dquiver.simulation.seed=N -Dquiver.simulation.seeds=1 -Dquiver.simulation.trace=true} replays a seed that failed. */
class SimulationTest {
    private static final long FIRST = Long.getLong("quiver.simulation.seed", 1);
    private static final int SEEDS = Integer.getInteger("quiver.simulation.seeds", 2_000);

    /** Runs on for so long, to find what is rare. */
    private static final long SECONDS = Long.getLong("quiver.simulation.seconds", 0);

    /** By then every mutant is caught. */
    private static final int PATIENCE = 300;

    @Test
    void whatIsPromisedHolds() throws Exception {
        long started = System.nanoTime();
        long seed = FIRST;
        Simulation.Summary sum = new Simulation.Summary(Map.of());
        do {
            sum = sum.plus(Simulation.runAll(seed, SEEDS));
            seed += SEEDS;
            System.out.printf("Seeds %d to %d: %s%n", FIRST, seed - 1, sum);
        } while (System.nanoTime() - started < SECONDS * 1e9);
        assertThat(sum.counts())
                .allSatisfy((what, count) -> assertThat(count).as(what).isPositive());
    }

    @Test
    void aSeedDeterminesEverything() {
        assertThat(Simulation.run(5)).isEqualTo(Simulation.run(5));
    }

    static Stream<Arguments> mutants() {
        String root = "dev.quiver.index.";
        return Stream.of(
                Arguments.of("If-None-Match is skipped", broken(Broken.OVERWRITES_LOG)),
                Arguments.of("success is reported before the put", broken(Broken.ACKNOWLEDGES_EARLY)),
                Arguments.of("garbage is collected too early", broken(Broken.COLLECTS_EARLY)),
                Arguments.of(
                        "the log is applied out of order",
                        Mutants.redirected(root + "ViewReader", "publish", "forEach", "backwards")),
                Arguments.of(
                        "garbage is collected without a barrier",
                        Mutants.redirected(root + "Compaction", "collectGarbage", "swap", "noSwap")),
                Arguments.of(
                        "a writer does not know its own entry",
                        Mutants.redirected(root + "log.WriteAheadLog", "put", "equals", "different")),
                Arguments.of(
                        "a refused writer takes what lies there for another's",
                        Mutants.saysNo(root + "Committer$GroupCommit", "isOurs")),
                Arguments.of(
                        "deletes are forgotten",
                        Mutants.redirected(root + "ViewReader$Builder", "apply", "deletes", "none")),
                Arguments.of(
                        "idempotency keys are not looked for",
                        Mutants.saysNo(root + "Committer$GroupCommit", "wasCommitted")),
                Arguments.of(
                        "idempotency keys are forgotten when the log is folded",
                        Mutants.redirected(root + "AppliedKeys", "fold", "with", "forgotten")),
                Arguments.of(
                        "a refusal is believed",
                        Mutants.redirected(root + "store.ObjectStore", "putUnique", "anyMatch", "seen")),
                Arguments.of(
                        "a stalled writer does not look back",
                        Mutants.saysNo(root + "Committer", "wasCollectedBefore")));
    }

    private static Runner broken(Broken how) {
        return seed -> Simulation.run(seed, how);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void mutantsAreCaught(String what, Runner mutant) throws Throwable {
        for (long seed = 1; seed <= PATIENCE; seed++) {
            try {
                mutant.run(seed);
            } catch (AssertionError e) {
                System.out.println(what + ": " + e.getMessage());
                return;
            }
        }
        fail("%s seeds did not notice that %s", PATIENCE, what);
    }
}
