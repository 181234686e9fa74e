package dev.quiver.index.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Attributes of every type that a record takes, for property tests. */
public final class AttributeMaps {
    private AttributeMaps() {}

    public static Arbitrary<Map<String, Object>> any() {
        Arbitrary<String> names = text(1, 12).filter(s -> !s.startsWith("$"));
        return Arbitraries.maps(names, value()).ofMaxSize(6).map(LinkedHashMap::new);
    }

    private static Arbitrary<Object> value() {
        Arbitrary<Object> scalar = Arbitraries.oneOf(
                text(0, 20).asGeneric(),
                Arbitraries.longs().asGeneric(),
                Arbitraries.doubles().asGeneric(),
                Arbitraries.of(0.0, -0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1e-320)
                        .asGeneric(),
                Arbitraries.of(true, false).asGeneric());
        return Arbitraries.oneOf(
                scalar, scalar, scalar.list().ofMaxSize(4).map(List::copyOf).asGeneric());
    }

    /** Any Unicode, with the characters that formats stumble over more often than chance. */
    public static Arbitrary<String> text(int min, int max) {
        return Arbitraries.oneOf(
                        Arbitraries.chars()
                                .filter(c -> !Character.isSurrogate(c))
                                .map(String::valueOf),
                        Arbitraries.of(
                                "\u0000", "\n", "\"", "\\", "ß", "\u0301", "日", "\uffff", "😀", "👩‍👩‍👧", "a", "b"))
                .list()
                .ofMinSize(min)
                .ofMaxSize(max)
                .map(parts -> String.join("", parts));
    }
}
