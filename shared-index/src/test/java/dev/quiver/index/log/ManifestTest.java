package dev.quiver.index.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.log.Manifest.SegmentEntry;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.AttributeMaps;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.FieldType;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.vector.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** The manifest comes back from its JSON as it was; what is not a manifest is refused by name; keys are the same on every machine. */
class ManifestTest {
    private static final String KEY = "c/manifest.json";

    @Provide
    Arbitrary<Manifest> manifests() {
        Arbitrary<String> ulids = Arbitraries.longs().map(seed -> Ulid.next(seed >>> 20, new Random(seed)));
        Arbitrary<SegmentEntry> segments = Combinators.combine(
                        ulids,
                        Arbitraries.integers().between(1, Integer.MAX_VALUE),
                        Arbitraries.longs().between(64, Long.MAX_VALUE),
                        ulids.injectNull(0.5))
                .as((name, rows, bytes, deletions) -> new SegmentEntry(
                        name, rows, (rows + 1) / 2, bytes, deletions, bytes % 2 == 0 ? null : "parent"));
        Arbitrary<Schema> schemas = Combinators.combine(
                        Arbitraries.integers().between(1, 4096),
                        Arbitraries.of(Metric.class),
                        AttributeMaps.text(0, 20).injectNull(0.3),
                        Arbitraries.of(
                                DeclaredFields.NONE,
                                new DeclaredFields(Map.of(), true),
                                new DeclaredFields(Map.of("at", FieldType.DATE, "tags", FieldType.STRINGS), false)),
                        Arbitraries.of(
                                TextField.DEFAULT,
                                List.<TextField>of(),
                                List.of(new TextField("text", "english", 1), new TextField("title", "keyword", 2.5))))
                .as(Schema::new);
        Arbitrary<Long> times = Arbitraries.longs().between(0, Long.MAX_VALUE);
        return Combinators.combine(
                        ulids,
                        Arbitraries.longs().between(1, Long.MAX_VALUE),
                        ulids,
                        times.tuple2(),
                        schemas,
                        times,
                        segments.list().ofMaxSize(4))
                .as((uid, version, id, created, schema, applied, list) -> new Manifest(
                        uid,
                        version,
                        id,
                        version % 2 == 0 ? null : new Layout("c").manifestVersion(version - 1, uid),
                        created.get1(),
                        created.get2(),
                        schema,
                        applied,
                        applied / 2,
                        created.get1() % Manifest.MOST_RETENTION,
                        created.get2() % 3 == 0,
                        created.get2() % 2 == 0 ? List.of() : List.of("parent", "an-0ther"),
                        list,
                        created.get2() % 5 == 0 ? uid : null));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aManifestComesBackAsItWas(@ForAll("manifests") Manifest manifest) {
        assertThat(Manifest.fromJson(KEY, manifest.toJson())).isEqualTo(manifest);
    }

    @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
    void aDamagedManifestIsRefused(@ForAll("manifests") Manifest manifest) {
        byte[] json = manifest.toJson();
        for (int i = 0; i < json.length; i++) {
            for (int flip : new int[] {1, 2, 0x10, 0x40, 0x80}) {
                byte[] damaged = json.clone();
                damaged[i] ^= (byte) flip;
                assertThatThrownBy(() -> Manifest.fromJson(KEY, damaged))
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining(KEY);
            }
            byte[] cut = Arrays.copyOf(json, i);
            assertThatThrownBy(() -> Manifest.fromJson(KEY, cut))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(KEY);
        }
    }

    @Property(tries = 500)
    void anyBytesAreRefused(@ForAll byte[] bytes) {
        assertThatThrownBy(() -> Manifest.fromJson(KEY, bytes))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(KEY);
    }

    @Example
    void whatDoesNotBelongInAManifestIsRefused() {
        String json = new String(example().toJson(), UTF_8);
        assertThat(Manifest.fromJson(KEY, json.getBytes(UTF_8))).isEqualTo(example());
        for (String[] change : new String[][] {
            {"\"format\" : 1", "\"format\" : 2"},
            {"\"dimension\" : 8", "\"dimension\" : 0"},
            {"\"dimension\" : 8", "\"dimension\" : 99999999999"},
            {"\"dimension\" : 8", "\"dimension\" : \"8\""},
            {"\"dimension\" : 8", "\"dimension\" : 8.5"},
            {"\"dimension\" : 8,", ""},
            {"\"cosine\"", "\"hamming\""},
            {"\"rows\" : 10", "\"rows\" : 0"},
            {"\"rows\" : 10", "\"rows\" : 3000000000"},
            {"\"live\" : 7", "\"live\" : 11"},
            {"\"live\" : 7", "\"live\" : 0"},
            {"\"bytes\" : 4096", "\"bytes\" : -1"},
            {"\"version\" : 3", "\"version\" : 0"},
            {"\"appliedSequence\" : 12", "\"appliedSequence\" : -12"},
            {"\"appliedSequence\" : 12", "\"appliedSequence\" : 3"},
            {"\"appliedSequence\" : 12", "\"appliedSequence\" : 99999999999999999999"},
            {"\"collectedSequence\" : 4", "\"collectedSequence\" : -1"},
            {"\"owner\" : \"parent\"", "\"owner\" : \"../x\""},
            {"\"name\" : \"parent\"", "\"name\" : \"Parent\""},
            {"\"pending\" : false", "\"pending\" : 0"},
            {"\"retention\" : 3600000", "\"retention\" : -1"},
            {"\"retention\" : 3600000", "\"retention\" : 9999999999999"},
            {"\"01J8ZQ0000ABCDEFGHJKMNPQRS\"", "\"../../etc/passwd\""},
            {"\"01J8ZQ0000ABCDEFGHJKMNPQRS\"", "null"},
            {"\"01J8ZQ0000SEGMENT0NAMEMADE\"", "\"x/y\""},
            {"\"01J8ZQ0000DE1ET10NSNAMEMAD\"", "\"\""},
            {"\"segments\" : [ {", "\"segments\" : [ 1, {"},
            {"\"segments\"", "\"sections\""},
        }) {
            assertThat(json).contains(change[0]);
            String changed = json.replace(change[0], change[1]);
            // Sealed anew: whoever wrote it meant it.
            assertThatThrownBy(() -> Manifest.fromJson(KEY, resealed(changed)))
                    .as(String.join(" → ", change))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(KEY);
        }
    }

    @Example
    void onlyUnusualTextFieldsNeedTheNewFormat() {
        assertThat(new String(example().toJson(), UTF_8))
                .contains("\"format\" : 1")
                .doesNotContain("\"text\"");
        assertThat(example().schema().text()).isEqualTo(TextField.DEFAULT);
    }

    @Example
    void aFieldOfALaterVersionIsSkipped() {
        String json = new String(example().toJson(), UTF_8)
                .replace("\"uid\"", "\"later\" : { \"a\" : [ 1, { } ], \"b\" : null }, \"flag\" : true, \"uid\"");
        assertThat(Manifest.fromJson(KEY, resealed(json))).isEqualTo(example());
    }

    @Example
    void aManifestOfALaterFormatIsRefusedWithBothVersions() {
        String json = new String(example().toJson(), UTF_8).replace("\"format\" : 1", "\"format\" : 7");
        assertThatThrownBy(() -> Manifest.fromJson(KEY, resealed(json)))
                .hasMessageContaining("format 7")
                .hasMessageContaining("format 1");
    }

    private static byte[] resealed(String json) {
        return Manifest.seal((json.substring(0, json.lastIndexOf(",\n  \"crc32c\"")) + "}").getBytes(UTF_8));
    }

    @Example
    void theNextVersionNamesTheOneBefore() {
        Layout layout = new Layout("c");
        Manifest next = example().next("01J8ZQ0000NEXT0NEXT0NEXT00", 99, 20, 5, List.of(), null, layout);
        assertThat(next.version()).isEqualTo(4);
        assertThat(next.previous())
                .isEqualTo(layout.manifestVersion(3, example().id()));
        assertThat(next.createdAt()).isEqualTo(example().createdAt());
        assertThat(next.appliedSequence()).isEqualTo(20);
        assertThat(next.collectedSequence()).isEqualTo(5);
    }

    private static Manifest example() {
        return new Manifest(
                "01J8ZQ0000ABCDEFGHJKMNPQRS",
                3,
                "01J8ZQ0000VERS10NTHREE0000",
                "c/manifests/00000000000000000002-01J8ZQ0000VERS10NTW0000000.json",
                1,
                2,
                new Schema(8, Metric.COSINE, "minilm"),
                12,
                4,
                3_600_000,
                false,
                List.of("parent"),
                List.of(new SegmentEntry(
                        "01J8ZQ0000SEGMENT0NAMEMADE", 10, 7, 4096, "01J8ZQ0000DE1ET10NSNAMEMAD", "parent")),
                "01J8ZQ0000KEYS0F0F01DED000");
    }

    @Example
    void keysHaveTheSameDigitsInEveryLocale() {
        Layout layout = new Layout("c");
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(layout.log("U", 12)).isEqualTo("c/log/U/00000000000000000012");
            assertThat(layout.manifestVersion(7, "X")).isEqualTo("c/manifests/00000000000000000007-X.json");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Property
    void aSequenceIsReadBackFromItsKey(@ForAll @LongRange(min = 0) long sequence) {
        Layout layout = new Layout("c");
        assertThat(layout.sequence("U", layout.log("U", sequence))).isEqualTo(sequence);
    }

    @Example
    void whatElseLiesInTheLogHasNoSequence() {
        Layout layout = new Layout("c");
        for (String name : List.of(
                "",
                "x",
                "1",
                "99999999999999999999",
                "-0000000000000000001",
                "00000000000000000001.tmp",
                ".DS_Store",
                "0000000000000000000٣")) {
            assertThat(layout.sequence("U", layout.logFolder("U") + name))
                    .as(name)
                    .isEqualTo(-1);
        }
    }

    @Example
    void ulidsSortByTheirTime() {
        Random random = new Random(1);
        String last = "";
        for (long millis : new long[] {0, 1, 31, 32, 1_700_000_000_000L, 1_700_000_000_001L, (1L << 48) - 1}) {
            String ulid = Ulid.next(millis, random);
            assertThat(ulid).hasSize(26).matches("[0-9A-HJKMNP-TV-Z]{26}").isGreaterThan(last);
            last = ulid;
        }
        assertThat(Ulid.next(1, random)).isNotEqualTo(Ulid.next(1, random));
        assertThat(Ulid.next(1_469_918_176_385L, random)).startsWith("01ARYZ6S41");
    }
}
