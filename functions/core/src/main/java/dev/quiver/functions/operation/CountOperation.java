package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.CountRequest;
import dev.quiver.functions.operation.Messages.CountResponse;
import dev.quiver.functions.operation.Messages.FacetValue;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Facets;
import dev.quiver.index.filter.Filter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code count}: how many records match, and which values they have. */
public final class CountOperation {
    private static final int DEFAULT_LIMIT = 10;

    private final Database database;

    public CountOperation(Database database) {
        this.database = database;
    }

    public CountResponse count(CountRequest request) {
        Check check = Check.of(request);
        List<String> fields = request.facets() == null ? List.of() : request.facets();
        check.given(request.collection(), "/collection")
                .that(
                        fields.size() <= Limits.FACETS,
                        "/facets",
                        "There are " + fields.size() + ", at most " + Limits.FACETS + " go in one request.")
                .elements(fields, "/facets")
                .range(request.facetLimit(), 1, Limits.PAGE, "/facetLimit")
                .done();
        FilterParser.parse(request.filter());
        Consistency consistency = RecordOperations.consistency(request.consistency(), request.asOf());
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        Filter filter =
                DeclaredFilters.parse(request.filter(), collection.schema().declared());
        Facets counted = collection.count(
                filter, fields, request.facetLimit() == null ? DEFAULT_LIMIT : request.facetLimit(), consistency);
        Map<String, List<FacetValue>> facets = new LinkedHashMap<>();
        counted.values()
                .forEach((field, values) -> facets.put(
                        field,
                        values.stream()
                                .map(v -> new FacetValue(v.value(), v.count()))
                                .toList()));
        return new CountResponse(counted.count(), facets, counted.sequence());
    }
}
