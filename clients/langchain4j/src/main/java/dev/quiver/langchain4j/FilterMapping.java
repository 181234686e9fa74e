package dev.quiver.langchain4j;

import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.ContainsString;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsIn;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotIn;
import dev.langchain4j.store.embedding.filter.logical.And;
import dev.langchain4j.store.embedding.filter.logical.Not;
import dev.langchain4j.store.embedding.filter.logical.Or;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A filter of LangChain4j in the words of Quiver. The two agree in what a filter means: a comparison does not match where the key is missing, and what is negated matches there. They differ in
 * one thing: LangChain4j's store in memory throws where a value has another type than the filter's, here it does not match.
 *
 * @param <F> a filter of Quiver: the index's own, or that of the HTTP API
 */
interface FilterMapping<F> {
    enum Comparison {
        EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        CONTAINS
    }

    F compare(String key, Comparison comparison, Object value);

    F in(String key, List<Object> values);

    F and(List<F> filters);

    F or(List<F> filters);

    F not(F filter);

    /** @throws UnsupportedOperationException if the filter is of a kind that LangChain4j did not have when this was written */
    default F map(Filter filter) {
        return switch (filter) {
            case IsEqualTo f -> compare(f.key(), Comparison.EQUAL, Values.toQuiver(f.key(), f.comparisonValue()));
            case IsNotEqualTo f ->
                not(compare(f.key(), Comparison.EQUAL, Values.toQuiver(f.key(), f.comparisonValue())));
            case IsGreaterThan f -> compare(f.key(), Comparison.GREATER, Values.toQuiver(f.key(), f.comparisonValue()));
            case IsGreaterThanOrEqualTo f ->
                compare(f.key(), Comparison.GREATER_OR_EQUAL, Values.toQuiver(f.key(), f.comparisonValue()));
            case IsLessThan f -> compare(f.key(), Comparison.LESS, Values.toQuiver(f.key(), f.comparisonValue()));
            case IsLessThanOrEqualTo f ->
                compare(f.key(), Comparison.LESS_OR_EQUAL, Values.toQuiver(f.key(), f.comparisonValue()));
            case ContainsString f -> compare(f.key(), Comparison.CONTAINS, f.comparisonValue());
            case IsIn f -> in(f.key(), values(f.key(), f.comparisonValues()));
            case IsNotIn f -> not(in(f.key(), values(f.key(), f.comparisonValues())));
            // Built two by two; deep ones are written flat, because the API takes only so many levels.
            case And f -> {
                List<F> all = new ArrayList<>();
                conjuncts(f, all);
                yield and(all);
            }
            case Or f -> {
                List<F> any = new ArrayList<>();
                disjuncts(f, any);
                yield or(any);
            }
            case Not f -> not(map(f.expression()));
            default ->
                throw new UnsupportedOperationException("Quiver has no filter for "
                        + filter.getClass().getName()
                        + ". Use the comparisons of MetadataFilterBuilder, and, or and not.");
        };
    }

    private void conjuncts(Filter filter, List<F> into) {
        if (filter instanceof And and) {
            conjuncts(and.left(), into);
            conjuncts(and.right(), into);
        } else {
            into.add(map(filter));
        }
    }

    private void disjuncts(Filter filter, List<F> into) {
        if (filter instanceof Or or) {
            disjuncts(or.left(), into);
            disjuncts(or.right(), into);
        } else {
            into.add(map(filter));
        }
    }

    private static List<Object> values(String key, Collection<?> values) {
        List<Object> mapped = new ArrayList<>();
        values.forEach(v -> mapped.add(Values.toQuiver(key, v)));
        return mapped;
    }
}
