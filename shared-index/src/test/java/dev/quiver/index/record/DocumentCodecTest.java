package dev.quiver.index.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.DocumentCodec.Document;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Text and attributes come back as they went in, in their order, and damaged bytes are refused or decode to something, but nothing else happens. */
class DocumentCodecTest {
    @Provide
    Arbitrary<Map<String, Object>> attributes() {
        return AttributeMaps.any();
    }

    @Provide
    Arbitrary<String> texts() {
        return AttributeMaps.text(0, 40).injectNull(0.2);
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void whatIsEncodedIsDecoded(@ForAll("texts") String text, @ForAll("attributes") Map<String, Object> attributes) {
        byte[] bytes = DocumentCodec.encode(text, attributes);
        Document back = DocumentCodec.decode(bytes);
        assertThat(back).isEqualTo(new Document(text, attributes));
        assertThat(List.copyOf(back.attributes().keySet())).isEqualTo(List.copyOf(attributes.keySet()));
        assertThat(DocumentCodec.encodedAttributesLength(attributes))
                .isEqualTo(bytes.length - DocumentCodec.encode(text, Map.of()).length + 1);
    }

    @Example
    void numbersKeepTheirTypeAndValue() {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (long x :
                new long[] {0, 1, -1, 63, 64, -64, -65, 127, 128, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE}) {
            attributes.put("l" + x, x);
        }
        attributes.put("zero", 0.0);
        attributes.put("minus zero", -0.0);
        attributes.put("one", 1.0);
        assertThat(DocumentCodec.decode(DocumentCodec.encode(null, attributes)).attributes())
                .isEqualTo(attributes);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aTruncatedDocumentIsRefused(
            @ForAll("texts") String text, @ForAll("attributes") Map<String, Object> attributes) {
        byte[] bytes = DocumentCodec.encode(text, attributes);
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> DocumentCodec.decode(part)).isInstanceOf(CorruptDataException.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> DocumentCodec.decode(longer)).isInstanceOf(CorruptDataException.class);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aDamagedDocumentIsRefusedOrReadButNothingElse(
            @ForAll("texts") String text, @ForAll("attributes") Map<String, Object> attributes) {
        byte[] bytes = DocumentCodec.encode(text, attributes);
        for (int i = 0; i < bytes.length; i++) {
            for (int flip : new int[] {1, 4, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) flip;
                assertThatCode(() -> read(damaged)).doesNotThrowAnyException();
            }
        }
    }

    @Property(tries = 2000)
    void anyBytesAreRefusedOrReadButNothingElse(@ForAll("bytes") byte[] bytes) {
        assertThatCode(() -> read(bytes)).doesNotThrowAnyException();
    }

    @Provide
    Arbitrary<byte[]> bytes() {
        return Arbitraries.oneOf(
                        Arbitraries.bytes(),
                        Arbitraries.bytes().between((byte) 0, (byte) 8),
                        Arbitraries.of((byte) -1, (byte) 0x7f))
                .array(byte[].class)
                .ofMaxSize(40);
    }

    private static void read(byte[] bytes) {
        try {
            assertThat(DocumentCodec.decode(bytes)).isNotNull();
        } catch (CorruptDataException e) {
            assertThat(e).hasMessageContaining("stored document");
        }
    }
}
