package dev.quiver.index.simulation;

import static dev.quiver.index.simulation.History.check;

import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.simulation.History.Value;
import dev.quiver.index.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The histories of all collections of a bucket. */
final class Bucket implements SimulatedStore.Watcher {
    private final Map<String, History> histories = new TreeMap<>();
    private final Map<String, Fork> forks = new TreeMap<>();
    private final Function<String, History> founder;
    private final MemoryStore truth;
    private final Function<MemoryStore, Database> reader;

    /** @param since the version of the parent's manifest when it was asked for */
    private record Fork(History parent, int since, long sequence) {}

    Bucket(MemoryStore truth, Function<String, History> founder, Function<MemoryStore, Database> reader) {
        this.truth = truth;
        this.founder = founder;
        this.reader = reader;
    }

    History found(String name) {
        return histories.computeIfAbsent(name, founder);
    }

    /**
     * Somebody is about to fork.
     *
     * @param sequence of the state, or -1 for the newest
     */
    void fork(History parent, String name, long sequence) {
        forks.put(name, new Fork(parent, parent.version(), sequence));
    }

    /** Those that exist. */
    List<History> collections() {
        return histories.values().stream()
                .filter(h -> h.begun() && !h.dropped())
                .toList();
    }

    @Override
    public void stored(String key, byte[] bytes, UnaryOperator<Map<String, Value>> change) {
        String name = key.substring(0, key.indexOf('/'));
        History known = histories.get(name);
        if (known != null && known.begun()) {
            known.stored(key, bytes, change);
        } else if (key.equals(name + "/manifest.json")) {
            Manifest first = Manifest.fromJson(key, bytes);
            if (!first.pending()) {
                begin(name, first);
            }
        }
    }

    private void begin(String name, Manifest first) {
        Fork fork = forks.get(name);
        if (fork == null) {
            found(name).begin(first, Map.of());
            return;
        }
        Map<String, Value> content;
        try (Database database = reader.apply(truth)) {
            content = Simulation.content(database.collection(name).list("", "", Integer.MAX_VALUE, Consistency.STRONG));
        }
        if (!fork.parent.dropped()) {
            List<Map<String, Value>> states = fork.parent.statesAt(first.appliedSequence(), fork.since);
            check(
                    fork.sequence < 0 || fork.sequence == first.appliedSequence(),
                    "a fork of %d begins with %d",
                    fork.sequence,
                    first.appliedSequence());
            check(states.contains(content), "%s was forked with %s, not one of %s", name, content, states);
        }
        found(name).begin(first, content);
    }

    @Override
    public void deleted(String key) {
        for (History h : new ArrayList<>(histories.values())) {
            h.deleted(key);
        }
    }
}
