package dev.quiver.index;

import dev.quiver.index.View.Part;
import dev.quiver.index.View.SegmentPart;
import dev.quiver.index.filter.Columns;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.record.DocumentCodec;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Counts the matching records of a view, by columns where there are some, else by reading documents. */
final class FacetCounter {
    private final View view;
    private final Filter filter;
    private final Map<String, Map<Object, Long>> values = new LinkedHashMap<>();
    private long count;

    FacetCounter(View view, Filter filter, List<String> fields) {
        this.view = view;
        this.filter = filter;
        fields.forEach(f -> values.put(f, new HashMap<>()));
    }

    /** @param limit values of each field, the most frequent ones */
    Facets count(int limit) {
        view.segments().forEach(s -> s.segment().startLoading());
        for (Part part : view.parts()) {
            long[] matching = part.matching(filter);
            count += BitSets.count(matching);
            if (part instanceof SegmentPart s) {
                facets(s, matching);
            } else {
                values.keySet().forEach(f -> read(part, matching, f));
            }
        }
        Map<String, List<Facets.Value>> answer = new LinkedHashMap<>();
        values.forEach((field, counts) -> answer.put(
                field,
                counts.entrySet().stream()
                        .map(e -> new Facets.Value(e.getKey(), e.getValue()))
                        .sorted(Comparator.comparingLong(Facets.Value::count)
                                .reversed()
                                .thenComparing(v -> v.value().toString()))
                        .limit(limit)
                        .toList()));
        return new Facets(count, answer, view.sequence());
    }

    private void facets(SegmentPart part, long[] matching) {
        Optional<Columns> columns = part.segment().columns();
        for (String field : values.keySet()) {
            Optional<List<Columns.Value>> found = columns.flatMap(c -> c.facet(field, matching));
            if (found.isPresent()) {
                found.get().forEach(v -> add(field, v.value(), v.count()));
            } else {
                read(part, matching, field);
            }
        }
    }

    private void read(Part part, long[] matching, String field) {
        int rows = part.source().rows();
        for (int r = 0; r < rows; r++) {
            if (BitSets.get(matching, r)) {
                Object value =
                        DocumentCodec.attributes(part.source().document(r)).get(field);
                Set<Object> different = new HashSet<>();
                if (value instanceof List<?> list) {
                    list.forEach(v -> different.add(canonical(v)));
                } else if (value != null) {
                    different.add(canonical(value));
                }
                different.forEach(v -> add(field, v, 1));
            }
        }
    }

    /** As columns keep it. */
    private static Object canonical(Object value) {
        return value instanceof Double d && d == 0 ? (Object) 0.0 : value;
    }

    private void add(String field, Object value, long more) {
        values.get(field).merge(value, more, Long::sum);
    }
}
