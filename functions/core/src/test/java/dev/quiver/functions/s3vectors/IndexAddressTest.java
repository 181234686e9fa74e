package dev.quiver.functions.s3vectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.Database;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** No two indexes are one collection, and every one's name is one that a collection may have. */
class IndexAddressTest {
    private static final int READABLE = 63;

    @Provide
    static Arbitrary<String> buckets() {
        return names("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", 'a', '9', '-');
    }

    @Provide
    static Arbitrary<String> indexes() {
        return names("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", 'a', '9', '-', '.');
    }

    /** Of few letters, so that different ones are often nearly the same. */
    private static Arbitrary<String> names(String pattern, char... letters) {
        return Arbitraries.strings()
                .withChars(letters)
                .ofMinLength(3)
                .ofMaxLength(63)
                .filter(10_000, s -> s.matches(pattern));
    }

    @Property
    void theNameIsThatOfACollection(@ForAll("buckets") String bucket, @ForAll("indexes") String index) {
        String collection = new IndexAddress(bucket, index).collection();
        assertThat(Database.checkName(collection)).isEqualTo(collection);
        assertThat(collection).startsWith(bucket.substring(0, Math.min(bucket.length(), IndexAddress.READABLE)));
    }

    @Property
    void aNameThatIsReadableCanBeReadBack(@ForAll("buckets") String bucket, @ForAll("indexes") String index) {
        String collection = new IndexAddress(bucket, index).collection();
        if (bucket.length() + 1 + index.replace(".", "__").length() > READABLE) {
            assertThat(collection).contains("___");
            return;
        }
        String[] parts = collection.replace("__", ".").split("_", -1);
        assertThat(parts).containsExactly(bucket, index);
    }

    @Property
    void differentOnesDiffer(
            @ForAll("buckets") String bucket,
            @ForAll("indexes") String index,
            @ForAll("buckets") String otherBucket,
            @ForAll("indexes") String otherIndex) {
        IndexAddress one = new IndexAddress(bucket, index);
        IndexAddress other = new IndexAddress(otherBucket, otherIndex);
        assertThat(one.collection().equals(other.collection())).isEqualTo(one.equals(other));
    }

    @Test
    void dotsAreTwoAndTheBorderIsOne() {
        Map<String, IndexAddress> seen = new HashMap<>();
        for (IndexAddress a : List.of(
                new IndexAddress("abc", "def"),
                new IndexAddress("abc", "d.f"),
                new IndexAddress("abc", "d..f"),
                new IndexAddress("abc", "d-.-f"),
                new IndexAddress("abc-d", "e.f"))) {
            assertThat(seen.put(a.collection(), a)).isNull();
        }
        assertThat(seen.keySet())
                .containsExactlyInAnyOrder("abc_def", "abc_d__f", "abc_d____f", "abc_d-__-f", "abc-d_e__f");
    }

    /** The name is where the data lies: it must never change. */
    @Test
    void theNameOfALongOneStaysAsItIs() {
        assertThat(new IndexAddress("b".repeat(40), "i".repeat(40)).collection())
                .isEqualTo("b".repeat(36) + "___" + "ev81j6iudaeufh5ndrbejfrj");
    }
}
