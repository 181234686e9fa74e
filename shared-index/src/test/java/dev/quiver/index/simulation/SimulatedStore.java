package dev.quiver.index.simulation;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The store as one process sees it: over a network that loses, delays and reorders, from a machine that may stall or die at every call. */
final class SimulatedStore implements ObjectStore {
    /** What the store did, for those who watch; after it was done. */
    interface Watcher {
        /** @param change what else happens to the content with a manifest; null if nothing */
        void stored(String key, byte[] bytes, UnaryOperator<Map<String, History.Value>> change);

        void deleted(String key);
    }

    /** To follow a seed that failed. */
    private static final boolean TRACE = Boolean.getBoolean("quiver.simulation.trace");

    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    private static final long TIMEOUT = 10_000;

    private final MemoryStore truth;
    private final Watcher watcher;
    private final Scheduler scheduler;
    private final Scheduler.Process process;
    private final SplittableRandom random;
    private final Supplier<Faults> faults;
    private final Broken broken;
    private UnaryOperator<Map<String, History.Value>> intended;

    /** What may be wrong with it, to see that the simulation notices. */
    enum Broken {
        NOTHING,
        /** If-None-Match is not looked at. */
        OVERWRITES_LOG,
        /** Says that an entry is stored before it is. */
        ACKNOWLEDGES_EARLY,
        /** The collector takes a minute for the grace period. */
        COLLECTS_EARLY
    }

    SimulatedStore(
            MemoryStore truth,
            Watcher watcher,
            Scheduler scheduler,
            Scheduler.Process process,
            SplittableRandom random,
            Supplier<Faults> faults,
            Broken broken) {
        this.truth = truth;
        this.watcher = watcher;
        this.scheduler = scheduler;
        this.process = process;
        this.random = random;
        this.faults = faults;
        this.broken = broken;
    }

    /** A call to the store itself. */
    private interface Call<T> {
        T make();
    }

    private enum Kind {
        READ,
        PUT,
        DELETE
    }

    private <T> T call(Kind kind, String what, Call<T> applied) {
        Faults f = faults.get();
        Call<T> real = () -> {
            T result = applied.make();
            if (TRACE) {
                String answer =
                        kind == Kind.PUT || kind == Kind.DELETE || what.startsWith("LIST") ? " -> " + result : "";
                System.out.println(
                        (scheduler.now() - 1_700_000_000_000L) / 1000 + " s: " + process + ": " + what + answer);
            }
            return result;
        };
        process.pause(travel());
        int dice = random.nextInt(10_000);
        if ((dice -= f.lostRequest()) < 0) {
            process.pause(TIMEOUT);
            throw unknown(kind, what);
        }
        if ((dice -= f.lostAnswer()) < 0) {
            real.make();
            process.pause(TIMEOUT);
            throw unknown(kind, what);
        }
        if ((dice -= f.late()) < 0) {
            if (kind != Kind.READ) {
                // The client gives up, the request is still on its way.
                scheduler.after(random.nextLong(10 * MINUTE), real::make);
            }
            process.pause(TIMEOUT);
            throw unknown(kind, what);
        }
        if ((dice -= f.unavailable()) < 0) {
            process.pause(travel());
            throw random.nextBoolean() ? StoreException.refused("503 in " + what, null) : unknown(kind, what);
        }
        if ((dice -= f.stall()) < 0) {
            boolean before = random.nextBoolean();
            long hours = random.nextLong(5 * 60 * MINUTE);
            if (before) {
                process.pause(hours);
            }
            T result = real.make();
            process.pause(before ? travel() : hours);
            return result;
        }
        if ((dice -= f.death()) < 0) {
            if (random.nextBoolean()) {
                real.make();
            }
            throw process.die();
        }
        T result = real.make();
        process.pause(travel());
        return result;
    }

    private long travel() {
        return random.nextInt(20) == 0 ? random.nextLong(2_000) : random.nextLong(40);
    }

    private static StoreException unknown(Kind kind, String what) {
        return kind == Kind.READ
                ? StoreException.refused("No answer to " + what, null)
                : StoreException.unknown("No answer to " + what, null);
    }

    /** What the process is about to do to the content by swapping a manifest. */
    void intend(UnaryOperator<Map<String, History.Value>> change) {
        intended = change;
    }

    @Override
    public Optional<Blob> get(String key) {
        return call(Kind.READ, "GET " + key, () -> truth.get(key));
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        return call(Kind.READ, "GET " + key, () -> truth.getIfChanged(key, etag));
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        call(Kind.READ, "GET " + key, () -> {
            truth.read(key, offset, target);
            return null;
        });
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        byte[] bytes;
        try (InputStream in = content.open()) {
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        UnaryOperator<Map<String, History.Value>> change = intended;
        Call<PutResult> real = () -> {
            if (broken == Broken.OVERWRITES_LOG && key.contains("/log/")) {
                truth.delete(key);
            }
            PutResult result = truth.put(key, Content.of(bytes), precondition);
            if (result instanceof PutResult.Stored) {
                watcher.stored(key, bytes, change);
            }
            return result;
        };
        if (broken == Broken.ACKNOWLEDGES_EARLY && key.contains("/log/")) {
            process.pause(travel());
            scheduler.after(random.nextLong(500), () -> {
                if (process.alive()) {
                    real.make();
                }
            });
            return new PutResult.Stored("early");
        }
        if (random.nextInt(10_000) < faults.get().conflict()) {
            process.pause(travel());
            return new PutResult.Refused();
        }
        boolean twice = random.nextInt(10_000) < faults.get().twice();
        PutResult result = call(Kind.PUT, "PUT " + key, real);
        return twice ? new PutResult.Refused() : result;
    }

    @Override
    public void delete(String key) {
        call(Kind.DELETE, "DELETE " + key, () -> {
            boolean there = truth.get(key).isPresent();
            truth.delete(key);
            if (there) {
                watcher.deleted(key);
            }
            return null;
        });
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        return call(Kind.READ, "LIST " + prefix, () -> truth.list(prefix, startAfter));
    }

    @Override
    public List<String> folders(String prefix) {
        return call(Kind.READ, "LIST " + prefix, () -> truth.folders(prefix));
    }

    @Override
    public String description() {
        return "simulated:";
    }

    @Override
    public void close() {}
}
