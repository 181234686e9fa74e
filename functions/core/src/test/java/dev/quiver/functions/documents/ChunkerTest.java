package dev.quiver.functions.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.functions.Fixtures;
import dev.quiver.functions.documents.Chunker.Chunk;
import dev.quiver.functions.documents.ParsedDocument.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Holds down what a passage is, for any document: all the text is there once and in order, what is embedded fits the model's window by the model's own tokenizer,
 * no passage crosses a heading, and no character is torn apart. And, by example, that passages are not smaller than they need be.
 */
class ChunkerTest {
    private static final int WINDOW = 256;

    private static final Chunker CHUNKER = new Chunker(WINDOW, Fixtures.minilm()::countTokens);

    /** A rough model: each word is a token, and there are two marks. */
    private static int words(String text) {
        return text.isBlank() ? 2 : 2 + text.strip().split("\\s+").length;
    }

    private static List<Chunk> chunks(Chunker chunker, Block... blocks) {
        return chunker.chunk(new ParsedDocument("", List.of(blocks)));
    }

    private static Block block(String text, String... headings) {
        return new Block(List.of(headings), text, 0);
    }

    private static String without(String whiteSpace) {
        return whiteSpace.replaceAll("\\s+", "");
    }

    @Provide
    Arbitrary<ParsedDocument> documents() {
        Arbitrary<String> words = Arbitraries.oneOf(
                Arbitraries.of(
                        "the", "wing", "heat", "transfer.", "Why?", "Because", "of", "a", "e.g.", "3.14", "東京", "😀"),
                Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(40),
                Arbitraries.strings()
                        .withChars("👍🏽👨‍👩‍👧x")
                        .ofMinLength(1)
                        .ofMaxLength(20)
                        .map(ChunkerTest::wellFormed));
        Arbitrary<String> sentences = words.list().ofMinSize(1).ofMaxSize(120).map(w -> String.join(" ", w));
        Arbitrary<String> noSpaces = Arbitraries.strings()
                .withChars("abc東京𝔘😀-_/")
                .ofMinLength(1)
                .ofMaxLength(1500)
                .map(ChunkerTest::wellFormed);
        Arbitrary<String> code = words.list().ofMinSize(1).ofMaxSize(60).map(w -> String.join("\n    ", w));
        Arbitrary<String> texts = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(6, sentences),
                net.jqwik.api.Tuple.of(1, noSpaces),
                net.jqwik.api.Tuple.of(1, code));
        Arbitrary<List<String>> headings = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(8, words.list().ofMaxSize(3)),
                net.jqwik.api.Tuple.of(1, sentences.list().ofMinSize(1).ofMaxSize(3)),
                net.jqwik.api.Tuple.of(1, noSpaces.list().ofSize(1)));
        Arbitrary<List<Block>> sections = Combinators.combine(
                        headings,
                        texts.list().ofMinSize(1).ofMaxSize(5),
                        Arbitraries.integers().between(0, 3))
                .as((above, paragraphs, page) ->
                        paragraphs.stream().map(t -> new Block(above, t, page)).toList());
        return Combinators.combine(words, sections.list().ofMaxSize(4))
                .as((title, list) -> new ParsedDocument(
                        title, list.stream().flatMap(List::stream).toList()));
    }

    private static String wellFormed(String s) {
        String w = s.replaceAll("[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]", "");
        return w.isEmpty() ? "x" : w;
    }

    @Property(tries = 60)
    void allTextIsThereOnceAndInOrder(@ForAll("documents") ParsedDocument document) {
        String before = document.blocks().stream().map(Block::text).collect(Collectors.joining());
        String after = CHUNKER.chunk(document).stream().map(Chunk::text).collect(Collectors.joining());
        assertThat(without(after)).isEqualTo(without(before));
    }

    @Property(tries = 60)
    void whatIsEmbeddedFitsTheWindow(@ForAll("documents") ParsedDocument document) {
        for (Chunk c : CHUNKER.chunk(document)) {
            assertThat(Fixtures.minilm().countTokens(c.embedded())).isLessThanOrEqualTo(WINDOW);
        }
    }

    @Property(tries = 100)
    void noBudgetIsTooSmallToEndOrToLoseNothing(
            @ForAll("documents") ParsedDocument document, @ForAll @IntRange(min = 1, max = 60) int budget) {
        String before = document.blocks().stream().map(Block::text).collect(Collectors.joining());
        String after = new Chunker(budget, ChunkerTest::words)
                .chunk(document).stream().map(Chunk::text).collect(Collectors.joining());
        assertThat(without(after)).isEqualTo(without(before));
    }

    @Property(tries = 60)
    void noPassageCrossesAHeading(@ForAll("documents") ParsedDocument document) {
        List<List<String>> order = new ArrayList<>();
        List<StringBuilder> sections = new ArrayList<>();
        for (Block b : document.blocks()) {
            if (order.isEmpty() || !order.getLast().equals(b.headings())) {
                order.add(b.headings());
                sections.add(new StringBuilder());
            }
            sections.getLast().append(without(b.text()));
        }
        int section = 0;
        StringBuilder read = new StringBuilder();
        for (Chunk c : CHUNKER.chunk(document)) {
            assertThat(c.headings()).isEqualTo(order.get(section));
            read.append(without(c.text()));
            if (read.toString().contentEquals(sections.get(section))) {
                section++;
                read.setLength(0);
            }
        }
        assertThat(section).isEqualTo(order.size());
        assertThat(read).isEmpty();
    }

    @Property(tries = 100)
    void noCharacterIsTornApart(
            @ForAll("documents") ParsedDocument document, @ForAll @IntRange(min = 1, max = 40) int budget) {
        Chunker byCharacter = new Chunker(budget, String::length);
        for (Chunk c : byCharacter.chunk(document)) {
            assertThat(wellFormed(c.text())).isEqualTo(c.text());
            assertThat(c.text()).isNotBlank();
        }
    }

    @Example
    void whatFitsTogetherStaysTogether() {
        List<Chunk> chunks = chunks(
                new Chunker(16, ChunkerTest::words),
                block("one two three"),
                block("four five"),
                block("six seven eight nine ten eleven"));
        assertThat(chunks)
                .extracting(Chunk::text)
                .containsExactly("one two three\n\nfour five", "six seven eight nine ten eleven");
    }

    @Example
    void aParagraphThatDoesNotFitIsCutBetweenSentences() {
        List<Chunk> chunks = chunks(
                new Chunker(12, ChunkerTest::words),
                block("One two three four. Five six seven eight nine. Ten eleven twelve. Last one."));
        assertThat(chunks)
                .extracting(Chunk::text)
                .containsExactly("One two three four.", "Five six seven eight nine. Ten eleven twelve.", "Last one.");
    }

    @Example
    void aSentenceThatDoesNotFitIsCutBetweenWords() {
        String sentence = IntStream.range(0, 100).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
        List<Chunk> chunks = chunks(new Chunker(32, ChunkerTest::words), block("Short. " + sentence));
        assertThat(chunks).allSatisfy(c -> assertThat(words(c.text())).isLessThanOrEqualTo(32));
        assertThat(String.join(
                        " ",
                        chunks.stream().map(c -> c.text().replace("\n\n", " ")).toList()))
                .isEqualTo("Short. " + sentence);
    }

    @Example
    void aTextWithoutSpacesIsCutAllTheSame() {
        String base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo".repeat(400);
        List<Chunk> chunks = chunks(CHUNKER, block(base64));
        assertThat(chunks.size()).isBetween(4, 20);
        for (Chunk c : chunks) {
            assertThat(Fixtures.minilm().countTokens(c.text())).isLessThanOrEqualTo(WINDOW);
            assertThat(c.text().length())
                    .as("to the model it is one unknown word, however long")
                    .isLessThan(17 * WINDOW);
        }
        assertThat(without(chunks.stream().map(Chunk::text).collect(Collectors.joining())))
                .isEqualTo(base64);
    }

    @Example
    void aCodeBlockKeepsItsLines() {
        String code = "if (x) {\n    return;\n}";
        assertThat(chunks(CHUNKER, block("Look:"), block(code)).getFirst().text())
                .isEqualTo("Look:\n\n" + code);
    }

    @Example
    void titleAndHeadingsAreEmbeddedWithThePassage() {
        List<Chunk> chunks = CHUNKER.chunk(new ParsedDocument(
                "Guide",
                List.of(block("Run it.", "Deploy", "Rollback"), block("Ask.", "Guide", "Help"), block("End."))));
        assertThat(chunks)
                .extracting(Chunk::embedded)
                .containsExactly("Guide > Deploy > Rollback\nRun it.", "Guide > Help\nAsk.", "Guide\nEnd.");
        assertThat(CHUNKER.chunk(new ParsedDocument("", List.of(block("Only text.")))))
                .extracting(Chunk::embedded)
                .containsExactly("Only text.");
    }

    @Example
    void headingsTooLongForTheWindowAreCutAndThePassageIsNot() {
        String heading = "very ".repeat(300).strip();
        List<Chunk> chunks = CHUNKER.chunk(new ParsedDocument(
                "The title", List.of(block("word ".repeat(400).strip(), "Top", heading, "Near"))));
        assertThat(chunks).allSatisfy(c -> {
            assertThat(c.headings()).containsExactly("Top", heading, "Near");
            assertThat(c.embedded()).contains("\n" + c.text());
            assertThat(Fixtures.minilm().countTokens(c.embedded())).isLessThanOrEqualTo(WINDOW);
        });
        assertThat(chunks.getFirst().embedded())
                .as("the nearest heading says most")
                .startsWith("Near\nword");
    }

    @Example
    void aPassageKnowsThePageItBeginsOn() {
        List<Chunk> chunks = new Chunker(12, ChunkerTest::words)
                .chunk(new ParsedDocument(
                        "",
                        List.of(
                                new Block(List.of(), "one two", 1),
                                new Block(List.of(), "three four", 2),
                                new Block(List.of(), "five six seven eight", 3))));
        assertThat(chunks).extracting(Chunk::page).containsExactly(1, 3);
    }

    @Example
    void aDocumentWithoutTextHasNoPassages() {
        assertThat(CHUNKER.chunk(new ParsedDocument("Title", List.of()))).isEmpty();
    }

    @Example
    void aSectionThatComesBackIsNotJoinedWithTheFirst() {
        assertThat(chunks(CHUNKER, block("a", "X"), block("b", "Y"), block("c", "X")))
                .extracting(Chunk::text)
                .containsExactly("a", "b", "c");
    }
}
