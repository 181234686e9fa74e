package dev.quiver.index.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Upserts and deletes that are committed together or not at all. Every id stands in it once: of several operations on the
 * same id the last one wins, and {@link #superseded} tells how many were dropped.
 */
public final class Batch {
    private final Map<String, Optional<Record>> operations;
    private final int superseded;

    private Batch(Map<String, Optional<Record>> operations, int superseded) {
        this.operations = operations;
        this.superseded = superseded;
    }

    public static Builder builder() {
        return new Builder();
    }

    public List<Record> upserts() {
        return operations.values().stream().flatMap(Optional::stream).toList();
    }

    public List<String> deletes() {
        List<String> ids = new ArrayList<>();
        operations.forEach((id, record) -> {
            if (record.isEmpty()) {
                ids.add(id);
            }
        });
        return ids;
    }

    public int superseded() {
        return superseded;
    }

    public boolean isEmpty() {
        return operations.isEmpty();
    }

    public static final class Builder {
        private final Map<String, Optional<Record>> operations = new LinkedHashMap<>();
        private int superseded;

        private Builder() {}

        /** @throws IllegalArgumentException if the record has no vector */
        public Builder upsert(Record record) {
            if (record.vector() == null) {
                throw new IllegalArgumentException("Record '" + record.id() + "' has no vector.");
            }
            return put(record.id(), Optional.of(record));
        }

        public Builder delete(String id) {
            Record.checkId(id);
            return put(id, Optional.empty());
        }

        private Builder put(String id, Optional<Record> operation) {
            if (operations.put(id, operation) != null) {
                superseded++;
            }
            return this;
        }

        public Batch build() {
            return new Batch(new LinkedHashMap<>(operations), superseded);
        }
    }
}
