package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Dates;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.FieldType;
import dev.quiver.index.record.InvalidFieldException;
import dev.quiver.index.record.Patch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** Declared fields hold for every way in which records are written, and for as long as the collection is there. */
class DeclaredFieldsTest {
    private static final DeclaredFields DECLARED =
            new DeclaredFields(Map.of("at", FieldType.DATE, "n", FieldType.NUMBER), false);

    private final FakeClock clock = new FakeClock();
    private final ObjectStore store = new MemoryStore(clock);
    private final Collection c =
            new Database(store, Samples.settings(clock)).create("c", Samples.SCHEMA.declaring(DECLARED));

    private static Record with(Object at) {
        return new Record("a", new float[] {1, 2}, "text", Map.of("at", at, "free", true));
    }

    private Object at() {
        return new Database(store, Samples.settings(clock))
                .collection("c")
                .fetch(List.of("a"), Consistency.STRONG)
                .records()
                .getFirst()
                .attributes()
                .get("at");
    }

    @Test
    void batchesLoadsAndUpdatesAreChecked() {
        c.apply(Batch.builder().upsert(with("2026-11-23")).build());
        assertThat(at()).isEqualTo("2026-11-23T00:00:00.000Z");
        c.load(Stream.of(with("2026-11-23T12:00+02:00")).iterator());
        assertThat(at()).isEqualTo("2026-11-23T10:00:00.000Z");
        c.update(List.of("a"), Map.of(), Patch.setting(Map.of("at", "2027-01-01T00:00:00.5Z")), null);
        assertThat(at()).isEqualTo("2027-01-01T00:00:00.500Z");
        c.compact();
        assertThat(at()).isEqualTo("2027-01-01T00:00:00.500Z");
        assertThatThrownBy(() -> c.apply(Batch.builder().upsert(with("soon")).build()))
                .isInstanceOf(InvalidFieldException.class)
                .hasMessageContaining("'at' is declared as date");
        assertThatThrownBy(() -> c.load(Stream.of(with(true)).iterator())).isInstanceOf(InvalidFieldException.class);
        assertThatThrownBy(() -> c.update(List.of("a"), Map.of(), Patch.setting(Map.of("n", "1")), null))
                .isInstanceOf(InvalidFieldException.class);
        assertThat(at()).isEqualTo("2027-01-01T00:00:00.500Z");
        assertThat(c.fields(Consistency.STRONG).toString()).isEqualTo("{at=[string], free=[boolean]}");
    }

    @Test
    void aForkDeclaresTheSame() {
        Database database = new Database(store, Samples.settings(clock));
        database.fork("c", "d", null);
        assertThat(database.collection("d").schema().declared()).isEqualTo(DECLARED);
    }

    @Test
    void aManifestWithoutThemIsThatOfBefore() {
        String key = new Layout("c").manifest();
        byte[] declaring = store.get(key).orElseThrow().bytes();
        assertThat(new String(declaring, StandardCharsets.UTF_8)).contains("\"format\" : 2", "\"date\"");
        assertThat(Manifest.fromJson(key, declaring).schema().declared()).isEqualTo(DECLARED);
        new Database(store, Samples.settings(clock)).create("plain", Samples.SCHEMA);
        byte[] plain = store.get(new Layout("plain").manifest()).orElseThrow().bytes();
        assertThat(new String(plain, StandardCharsets.UTF_8))
                .contains("\"format\" : 1")
                .doesNotContain("strict", "fields");
        assertThat(Manifest.fromJson(key, plain).schema()).isEqualTo(Samples.SCHEMA);
    }

    @Test
    void whatCannotBeDeclaredIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DeclaredFields(Map.of("$a", FieldType.DATE), false));
        assertThatThrownBy(() -> new DeclaredFields(Map.of(), true).fit(Map.of("a", 1)))
                .isInstanceOf(InvalidFieldException.class)
                .hasMessageContaining("has declared none");
        assertThat(FieldType.DATES.fitElement("d", "2026-11-23")).isEqualTo("2026-11-23T00:00:00.000Z");
        assertThat(new DeclaredFields(Map.of("d", FieldType.DATES), true).fit(Map.of("d", List.of("2026-11-23"))))
                .isEqualTo(Map.of("d", List.of("2026-11-23T00:00:00.000Z")));
    }

    /** As strings they are in the order of time, whatever offset they were written with. */
    @Property
    void datesAreKeptInTheirOrder(
            @ForAll @LongRange(min = -62_167_219_200_000L, max = 253_402_300_799_999L) long a,
            @ForAll @LongRange(min = -62_167_219_200_000L, max = 253_402_300_799_999L) long b,
            @ForAll @IntRange(min = -17, max = 17) int hours) {
        // The text has a year of four digits, which an offset may take out of them.
        OffsetDateTime local = Instant.ofEpochMilli(a).atOffset(ZoneOffset.ofHours(hours));
        if (local.getYear() >= 0 && local.getYear() <= 9999) {
            String first = Dates.canonical(local.toString()).orElseThrow();
            String second = Dates.canonical(Instant.ofEpochMilli(b).toString()).orElseThrow();
            assertThat(Integer.signum(first.compareTo(second))).isEqualTo(Long.compare(a, b));
            assertThat(Dates.parse(first)).contains(Instant.ofEpochMilli(a));
        }
    }
}
