package dev.quiver.index.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Upserts and deletes that are committed together or not at all. Every id stands in it once: of several operations on the
 * same id the last one wins, and {@link #superseded} tells how many were dropped.
 */
public final class Batch {
    private final Map<String, Optional<Record>> operations;
    private final Map<String, Condition> conditions;
    private final List<IdempotencyKey> keys;
    private final int superseded;

    private Batch(
            Map<String, Optional<Record>> operations,
            Map<String, Condition> conditions,
            List<IdempotencyKey> keys,
            int superseded) {
        this.operations = operations;
        this.conditions = conditions;
        this.keys = keys;
        this.superseded = superseded;
    }

    /** All of these, one after the other, as one; without their conditions. */
    public static Batch together(List<Batch> batches) {
        Map<String, Optional<Record>> all = new LinkedHashMap<>();
        List<IdempotencyKey> keys = new ArrayList<>();
        int superseded = 0;
        for (Batch b : batches) {
            keys.addAll(b.keys);
            superseded += b.superseded;
            for (var o : b.operations.entrySet()) {
                superseded += all.put(o.getKey(), o.getValue()) == null ? 0 : 1;
            }
        }
        return new Batch(all, Map.of(), keys, superseded);
    }

    /** With other records for those that are written, of the same ids. */
    public Batch with(UnaryOperator<Record> change) {
        Map<String, Optional<Record>> changed = new LinkedHashMap<>();
        operations.forEach((id, record) -> changed.put(id, record.map(change)));
        return new Batch(changed, conditions, keys, superseded);
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

    /** By id, of operations that have one. */
    public Map<String, Condition> conditions() {
        return conditions;
    }

    /** None or one; of several batches together, those of all. */
    public List<IdempotencyKey> keys() {
        return keys;
    }

    /** Whether this leaves a record with an id behind, or none; empty if it does not touch it. */
    public Optional<Boolean> leaves(String id) {
        return Optional.ofNullable(operations.get(id)).map(Optional::isPresent);
    }

    /** About what it takes in memory. */
    public long roughBytes() {
        long bytes = 0;
        for (Optional<Record> r : operations.values()) {
            bytes += 64;
            if (r.isPresent()) {
                bytes += 4L * r.get().vector().length
                        + (r.get().text() == null ? 0 : r.get().text().length());
            }
        }
        return bytes;
    }

    public int size() {
        return operations.size();
    }

    public int superseded() {
        return superseded;
    }

    public boolean isEmpty() {
        return operations.isEmpty();
    }

    public static final class Builder {
        private final Map<String, Optional<Record>> operations = new LinkedHashMap<>();
        private final Map<String, Condition> conditions = new LinkedHashMap<>();
        private String key;
        private String meaning;
        private int superseded;

        private Builder() {}

        /**
         * A batch with a key that a commit of the last 24 hours (of the last 262,144 with keys) had is that batch, sent again: it is not committed a second time.
         *
         * @param idempotencyKey 1 to 255 characters, or null for none
         * @throws IllegalArgumentException if it is empty or too long
         */
        public Builder key(String idempotencyKey) {
            if (idempotencyKey != null) {
                IdempotencyKey.check(idempotencyKey);
            }
            key = idempotencyKey;
            return this;
        }

        /**
         * Of a batch whose operations follow from the state that it is made for, so that it may have others when it is sent again: what it does.
         *
         * @param what the same if and only if the request is the same
         */
        public Builder meaning(String what) {
            meaning = what;
            return this;
        }

        /** @throws IllegalArgumentException if the record has no vector */
        public Builder upsert(Record record) {
            return upsert(record, null);
        }

        /**
         * @param condition or null
         * @throws IllegalArgumentException also if there is another operation on the id, and one of them has a condition
         */
        public Builder upsert(Record record, Condition condition) {
            if (record.vector() == null) {
                throw new IllegalArgumentException("Record '" + record.id() + "' has no vector.");
            }
            return put(record.id(), Optional.of(record), condition);
        }

        public Builder delete(String id) {
            return delete(id, null);
        }

        /** See {@link #upsert(Record, Condition)}. */
        public Builder delete(String id, Condition condition) {
            Record.checkId(id);
            return put(id, Optional.empty(), condition);
        }

        private Builder put(String id, Optional<Record> operation, Condition condition) {
            boolean again = operations.put(id, operation) != null;
            if (again && (condition != null || conditions.containsKey(id))) {
                throw new IllegalArgumentException("Record '" + id
                        + "' stands in the batch twice, once with a condition. Give each id with a condition once.");
            }
            if (condition != null) {
                conditions.put(id, condition);
            }
            superseded += again ? 1 : 0;
            return this;
        }

        public Batch build() {
            List<IdempotencyKey> keys = new ArrayList<>();
            if (key != null) {
                List<String> shape = new ArrayList<>();
                if (meaning == null) {
                    operations.forEach((id, o) -> shape.add((o.isPresent() ? "+" : "-") + id));
                    shape.sort(null);
                } else {
                    shape.add("=" + meaning);
                }
                keys.add(IdempotencyKey.of(key, shape));
            }
            return new Batch(new LinkedHashMap<>(operations), new LinkedHashMap<>(conditions), keys, superseded);
        }
    }
}
