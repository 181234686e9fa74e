package dev.quiver.functions.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds down what real pages and texts taught: the frame of a page is not its content, and an underlined line is a heading. */
class StructureTest {

    @Test
    void contentOfAPageIsWhatThePageCallsSo() throws UnreadableDocumentException {
        ParsedDocument page = parse("page.html", """
                <html><head><title>Policy</title></head><body>
                <div class="related"><h3>Navigation</h3><ul><li>next</li></ul></div>
                <div role="main"><h1>Control files<a class="headerlink" href="#x">¶</a></h1><p>They have fields.</p></div>
                <div class="sidebar"><h3>This Page</h3><p>Show Source</p></div>
                </body></html>
                """);
        assertThat(page.blocks()).containsExactly(new Block(List.of("Control files"), "They have fields.", 0));
    }

    @Test
    void framesByRoleAreLeftOutWhereNothingIsCalledMain() throws UnreadableDocumentException {
        ParsedDocument page = parse(
                "page.html",
                "<body><div role='navigation'>Home</div><p>Words.</p><div role='contentinfo'>© 2026</div></body>");
        assertThat(page.blocks()).extracting(Block::text).containsExactly("Words.");
    }

    @Test
    void twoMainsAreBothContent() throws UnreadableDocumentException {
        ParsedDocument page = parse("page.html", "<body><main>One.</main><p>Between.</p><main>Two.</main></body>");
        assertThat(page.blocks()).extracting(Block::text).containsExactly("One.", "Between.", "Two.");
    }

    @Test
    void underlinedLinesOfPlainTextAreHeadings() throws UnreadableDocumentException {
        ParsedDocument text = parse("policy.txt", """
                =============
                Control files
                =============

                Before.

                Syntax
                ------

                A field is
                a name and a value.

                Lists
                ------

                Of values.

                Changes
                =======

                Last.
                """);
        assertThat(text.title()).isEqualTo("Control files");
        assertThat(text.blocks())
                .containsExactly(
                        new Block(List.of("Control files"), "Before.", 0),
                        new Block(List.of("Control files", "Syntax"), "A field is a name and a value.", 0),
                        new Block(List.of("Control files", "Lists"), "Of values.", 0),
                        new Block(List.of("Changes"), "Last.", 0));
    }

    @Test
    void rulesAndTablesAreNotHeadings() throws UnreadableDocumentException {
        ParsedDocument text = parse(
                "notes.txt",
                "A paragraph of two lines,\nof which the last one is followed by a rule\n---\n\nNext.\n\n-----\n\nLast.\n=");
        assertThat(text.title()).isEmpty();
        assertThat(text.blocks()).allMatch(b -> b.headings().isEmpty());
        assertThat(text.blocks()).extracting(Block::text).contains("Next.", "Last. =");
    }

    private static ParsedDocument parse(String name, String text) throws UnreadableDocumentException {
        return DocumentParsers.parse(name, text.getBytes(StandardCharsets.UTF_8));
    }
}
