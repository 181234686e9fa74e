package dev.quiver.functions.documents;

import static dev.quiver.functions.documents.Documents.heading;
import static dev.quiver.functions.documents.Documents.page;
import static dev.quiver.functions.documents.Documents.paragraph;
import static dev.quiver.functions.documents.Documents.pdf;
import static dev.quiver.functions.documents.Documents.table;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds down what is read of a file: its text in the order in which a person reads it, under the headings it stands under, without what only a browser needs; and that a
 * file which cannot be read ends in one exception that says why.
 */
class DocumentParsersTest {

    private static ParsedDocument parse(String name, byte[] bytes) {
        try {
            return DocumentParsers.parse(name, bytes);
        } catch (UnreadableDocumentException e) {
            throw new AssertionError(e);
        }
    }

    private static ParsedDocument parse(String name, String text) {
        return parse(name, text.getBytes(UTF_8));
    }

    private static List<String> texts(ParsedDocument d) {
        return d.blocks().stream().map(Block::text).toList();
    }

    private static Block block(String text, String... headings) {
        return new Block(List.of(headings), text, 0);
    }

    // ---- which files

    @Test
    void theEndingSaysWhichFilesAreRead() {
        assertThat(List.of("a.md", "b.MARKDOWN", "c.txt", "d.text", "e.html", "f.htm", "g.XHTML", "h.Pdf", "i.docx"))
                .allMatch(DocumentParsers::supports);
        assertThat(List.of("a", "b.exe", "c.doc", "md", "d.md.bak", "", "e.")).noneMatch(DocumentParsers::supports);
    }

    @Test
    void aFileOfAnotherKindIsUnreadable() {
        assertThatThrownBy(() -> DocumentParsers.parse("a.exe", new byte[] {1}))
                .isInstanceOf(UnreadableDocumentException.class)
                .hasMessageContaining("docx");
    }

    // ---- Markdown

    @Test
    void markdownIsReadByItsHeadings() {
        ParsedDocument d = parse("a.md", """
                # Guide

                Before you begin.

                ## Deploy

                Run `deploy now`.
                It takes a minute.

                ### Rollback

                - first *undo*
                - then [check](http://example.org)

                ## Help

                > Ask us.
                """);
        assertThat(d.title()).isEqualTo("Guide");
        assertThat(d.blocks())
                .containsExactly(
                        block("Before you begin.", "Guide"),
                        block("Run deploy now. It takes a minute.", "Guide", "Deploy"),
                        block("first undo", "Guide", "Deploy", "Rollback"),
                        block("then check", "Guide", "Deploy", "Rollback"),
                        block("Ask us.", "Guide", "Help"));
    }

    @Test
    void aHeadingEndsThoseBelowItAlsoWhenALevelIsLeftOut() {
        ParsedDocument d = parse("a.md", "# A\n\n### C\n\none\n\n## B\n\ntwo\n\n# D\n\nthree\n");
        assertThat(d.blocks()).containsExactly(block("one", "A", "C"), block("two", "A", "B"), block("three", "D"));
    }

    @Test
    void textBeforeTheFirstHeadingStandsUnderNone() {
        assertThat(parse("a.md", "Preface.\n\n# A\n\none").blocks())
                .containsExactly(block("Preface."), block("one", "A"));
    }

    @Test
    void aTablesRowStaysTogether() {
        ParsedDocument d = parse("a.md", """
                | Code | Meaning |
                |------|---------|
                | 404  | not *there* |
                | 409  | taken   |
                """);
        assertThat(texts(d)).containsExactly("Code | Meaning", "404 | not there", "409 | taken");
    }

    @Test
    void aCodeBlockKeepsItsLinesAndIndents() {
        ParsedDocument d = parse(
                "a.md", "# A\n\n```java\nif (x) {\n    return 1 < 2;\n}\n```\n\nand\n\n    indented\n      code\n");
        assertThat(d.blocks())
                .containsExactly(
                        block("if (x) {\n    return 1 < 2;\n}", "A"),
                        block("and", "A"),
                        block("indented\n  code", "A"));
    }

    @Test
    void frontMatterGivesTheTitleAndIsNotText() {
        ParsedDocument d = parse("a.md", "---\ntitle: \"The Guide\"\ntags: [a, b]\n---\n# Other\n\ntext\n");
        assertThat(d.title()).isEqualTo("The Guide");
        assertThat(d.blocks()).containsExactly(block("text", "Other"));
        assertThat(parse("a.md", "---\r\ntitle: The Guide\r\n---\r\ntext\r\n"))
                .isEqualTo(new ParsedDocument("The Guide", List.of(block("text"))));
        assertThat(parse("a.md", "---\ntitle: 'It'\n---"))
                .as("ends with the file")
                .isEqualTo(new ParsedDocument("It", List.of()));
        assertThat(parse("a.md", "---\n---\ntext"))
                .as("is empty")
                .isEqualTo(new ParsedDocument("", List.of(block("text"))));
        assertThat(parse("a.md", "---\nlang: en\n...\ntext")).isEqualTo(new ParsedDocument("", List.of(block("text"))));
    }

    @Test
    void aRuleAtTheBeginningIsNotFrontMatter() {
        assertThat(texts(parse("a.md", "---\n\nFirst words.\n\n---\n\nLast words.\n")))
                .containsExactly("First words.", "Last words.");
        assertThat(texts(parse("a.md", "---\nNo second mark: here.\n"))).containsExactly("No second mark: here.");
    }

    @Test
    void htmlInsideMarkdownIsReadAsHtml() {
        assertThat(texts(parse("a.md", "one\n\n<script>alert('x')</script>\n\n<div>two <b>three</b></div>\n")))
                .containsExactly("one", "two three");
    }

    // ---- plain text

    @Test
    void plainTextIsPartedByEmptyLines() {
        assertThat(parse("a.txt", "one\ntwo\n\nthree\n \t \n\n\nfour   five\n"))
                .isEqualTo(new ParsedDocument("", List.of(block("one two"), block("three"), block("four five"))));
    }

    @Test
    void lineEndsOfWindowsAndOldMacsPartNothing() {
        assertThat(texts(parse("a.txt", "one\r\ntwo\r\n\r\nthree\r\nfour"))).containsExactly("one two", "three four");
        assertThat(texts(parse("a.txt", "one\rtwo\r\rthree"))).containsExactly("one two", "three");
    }

    @Test
    void aWordPartedAtALinesEndIsJoined() {
        assertThat(texts(parse("a.txt", "a trans-\nport of well-\n known X-\nRays and 3-\n4")))
                .containsExactly("a transport of wellknown X- Rays and 3- 4");
        assertThat(texts(parse("a.txt", "trans-\r\nport"))).containsExactly("transport");
    }

    @Test
    void emptyTextHasNoBlocks() {
        for (String name : List.of("a.txt", "a.md", "a.html")) {
            assertThat(parse(name, "")).isEqualTo(new ParsedDocument("", List.of()));
            assertThat(parse(name, " \n\t \n\n").blocks()).isEmpty();
        }
    }

    // ---- encodings

    @Test
    void textIsReadInTheEncodingItIsIn() {
        String text = "Größe: 3 µm – naïve 東京";
        assertThat(texts(parse("a.txt", text.getBytes(UTF_8)))).containsExactly(text);
        assertThat(texts(parse("a.txt", ("\uFEFF" + text).getBytes(UTF_8)))).containsExactly(text);
        assertThat(texts(parse("a.txt", text.getBytes(UTF_16)))).containsExactly(text);
        assertThat(texts(parse("a.md", ("\uFEFF" + text).getBytes(Charset.forName("UTF-16LE")))))
                .containsExactly(text);
        assertThat(texts(parse("a.txt", "Größe: 3 µm – “naïve”".getBytes(Charset.forName("windows-1252")))))
                .containsExactly("Größe: 3 µm – “naïve”");
    }

    @Test
    void htmlIsReadInTheEncodingItNamesOrIsIn() {
        Charset windows = Charset.forName("windows-1252");
        assertThat(texts(parse("a.html", "<p>Größe 東京".getBytes(UTF_8)))).containsExactly("Größe 東京");
        assertThat(texts(parse("a.html", "<meta charset=iso-8859-1><p>Größe".getBytes(windows))))
                .containsExactly("Größe");
        assertThat(texts(parse("a.html", "<p>Größe “quoted”".getBytes(windows))))
                .as("an old page that names none")
                .containsExactly("Größe “quoted”");
        assertThat(texts(parse("a.html", "\uFEFF<p>Größe".getBytes(UTF_16BE)))).containsExactly("Größe");
    }

    @Test
    void bytesThatAreNoTextAreUnreadable() {
        assertThatThrownBy(() -> DocumentParsers.parse("a.txt", new byte[] {'a', 0, 'b'}))
                .isInstanceOf(UnreadableDocumentException.class)
                .hasMessageContaining("is not text");
        assertThatThrownBy(() -> DocumentParsers.parse("a.md", "no mark".getBytes(UTF_16BE)))
                .isInstanceOf(UnreadableDocumentException.class);
    }

    // ---- HTML

    @Test
    void whatAPageRepeatsOrRunsIsLeftOut() {
        ParsedDocument d = parse("a.html", """
                <html><head><title> The
                 Page </title><style>p { color: red }</style><script>var a = "<p>no</p>";</script></head>
                <body><nav><ul><li>Home</li></ul></nav>
                <noscript>Enable JavaScript</noscript><template><p>no</p></template>
                <h1>Top</h1><p>Yes <b>and</b> yes.<script>document.write("no")</script></p>
                <p hidden>no</p><svg><text>no</text></svg><iframe>no</iframe><button>Buy</button>
                <footer>© no</footer></body></html>
                """);
        assertThat(d.title()).isEqualTo("The Page");
        assertThat(d.blocks()).containsExactly(block("Yes and yes.", "Top"));
    }

    @Test
    void aPageThatIsOneFormIsRead() {
        assertThat(texts(parse(
                        "a.aspx.html",
                        "<form><h1>A</h1><p>text</p><select><option>DE<option>FR</select>"
                                + "<textarea>draft</textarea><button>Send</button></form>")))
                .containsExactly("text");
    }

    @Test
    void headingsAreReadAlsoWithBlocksInThem() {
        assertThat(parse(
                                "a.html",
                                "<h1><a href=x><div>The <i>top</i></div></a></h1><p>one</p><h2> </h2><p>two</p>"
                                        + "<h2><img alt='A diagram'></h2><p>three</p>")
                        .blocks())
                .containsExactly(
                        block("one", "The top"), block("two", "The top"), block("three", "The top", "A diagram"));
    }

    @Test
    void withoutATitleTheFirstHeadingIsIt() {
        assertThat(parse("a.html", "<p>x</p><h2>Second</h2><h1>First</h1>").title())
                .isEqualTo("Second");
    }

    @Test
    void rowsOfATableStayTogetherWhateverIsInTheCells() {
        assertThat(texts(parse(
                        "a.html",
                        "<table><caption>Codes</caption><tr><th>Code<th>Meaning<tr><td><p>404</p><td><p>not</p><p>there</p>"
                                + "<tr><td><td>alone</table>")))
                .containsExactly("Codes", "Code | Meaning", "404 | not there", "alone");
    }

    @Test
    void aPageLaidOutAsATableKeepsItsHeadings() {
        assertThat(parse("a.html", "<table><tr><td>menu</td><td><h1>A</h1><p>one</p><p>two</p></td></tr></table>")
                        .blocks())
                .containsExactly(block("menu"), block("one", "A"), block("two", "A"));
    }

    @Test
    void lineBreaksAndEntitiesAreText() {
        assertThat(texts(parse("a.html", "<p>a<br>b&nbsp;&amp;&#x41;&lt;tag&gt;</p><pre>  x\n    y\n</pre>")))
                .containsExactly("a b &A<tag>", "  x\n    y");
    }

    @Test
    void brokenHtmlIsReadAsABrowserReadsIt() {
        assertThat(texts(parse("a.html", "<p>one<p>two<div>three</p>four")))
                .containsExactly("one", "two", "three", "four");
        assertThat(texts(parse("a.html", "just text"))).containsExactly("just text");
    }

    // ---- nesting

    @ParameterizedTest
    @ValueSource(ints = {100, 100_000})
    void deepNestingIsReadOrRefusedButBreaksNothing(int depth) {
        List<String> files = List.of("a.html", "b.md", "c.md", "d.md");
        List<String> texts = List.of(
                "<div>".repeat(depth) + "deep" + "</div>".repeat(depth),
                "> ".repeat(depth) + "deep",
                "[".repeat(depth) + "deep" + "](x)".repeat(depth),
                "*".repeat(depth) + "deep" + "*".repeat(depth));
        for (int i = 0; i < files.size(); i++) {
            try {
                ParsedDocument d =
                        DocumentParsers.parse(files.get(i), texts.get(i).getBytes(UTF_8));
                assertThat(String.join("", texts(d))).as(files.get(i)).contains("deep");
            } catch (UnreadableDocumentException e) {
                assertThat(depth).as(files.get(i)).isEqualTo(100_000);
                assertThat(e).hasMessage("cannot be read: it is nested too deeply");
            }
        }
    }

    // ---- PDF

    @Test
    void aPdfIsReadPageByPageAndParagraphByParagraph() {
        ParsedDocument d = parse(
                "a.pdf",
                pdf(
                        "Flight manual",
                        page("The first paragraph goes", "over two lines.", "", "The second one does not."),
                        page("On page two.")));
        assertThat(d.title()).isEqualTo("Flight manual");
        assertThat(d.blocks())
                .containsExactly(
                        new Block(List.of(), "The first paragraph goes over two lines.", 1),
                        new Block(List.of(), "The second one does not.", 1),
                        new Block(List.of(), "On page two.", 2));
    }

    @Test
    void columnsOfAPdfAreReadOneAfterTheOther() {
        List<Documents.Column> columns = List.of(
                new Documents.Column(60, 700, List.of("The left column tells", "about the wing and")),
                new Documents.Column(320, 700, List.of("while the right one is", "all about the engine.")));
        assertThat(String.join(" ", texts(parse("a.pdf", pdf("Paper", columns)))))
                .isEqualTo("The left column tells about the wing and while the right one is all about the engine.");
    }

    @Test
    void aPdfWithoutTextHasNoBlocks() {
        assertThat(parse("a.pdf", pdf("", page())).blocks()).isEmpty();
    }

    @Test
    void anEncryptedPdfIsUnreadableAndSaysSo() {
        byte[] encrypted = pdf("Secret", "the password", page("secret"));
        assertThatThrownBy(() -> DocumentParsers.parse("a.pdf", encrypted))
                .isInstanceOf(UnreadableDocumentException.class)
                .hasMessageContaining("encrypted")
                .hasMessageContaining("password");
    }

    @Test
    void aPdfThatMayBeReadByEveryoneIsRead() {
        assertThat(texts(parse("a.pdf", pdf("Open", "", page("not secret"))))).containsExactly("not secret");
    }

    @Test
    void aPdfCutAnywhereIsReadOrRefused() {
        byte[] whole = pdf("Whole", page("one"), page("two"));
        for (int length = 0; length < whole.length; length += 37) {
            byte[] cut = Arrays.copyOf(whole, length);
            try {
                assertThat(DocumentParsers.parse("a.pdf", cut)).isNotNull();
            } catch (UnreadableDocumentException e) {
                assertThat(e).hasMessageStartingWith("cannot be read: ");
            }
        }
        assertThatThrownBy(() -> DocumentParsers.parse("a.pdf", Arrays.copyOf(whole, 300)))
                .isInstanceOf(UnreadableDocumentException.class);
    }

    @Test
    void zeroBytesAreNoPdfAndNoWordFile() {
        for (String name : List.of("a.pdf", "a.docx")) {
            assertThatThrownBy(() -> DocumentParsers.parse(name, new byte[0]))
                    .isInstanceOf(UnreadableDocumentException.class)
                    .hasMessageStartingWith("cannot be read: ");
        }
    }

    // ---- Word

    @Test
    void aWordFileIsReadByItsHeadings() {
        ParsedDocument d = parse(
                "a.docx",
                Documents.docx(
                        heading(1, "Manual"),
                        paragraph("Before flight."),
                        heading(2, "Fuel &amp; oil"),
                        paragraph("Check the fuel – twice."),
                        table(new String[] {"Tank", "Litres"}, new String[] {"left", "90"})));
        assertThat(d.title()).isEqualTo("Manual");
        assertThat(d.blocks())
                .containsExactly(
                        block("Before flight.", "Manual"),
                        block("Check the fuel – twice.", "Manual", "Fuel & oil"),
                        block("Tank | Litres", "Manual", "Fuel & oil"),
                        block("left | 90", "Manual", "Fuel & oil"));
    }

    @Test
    void aWordFileCutAnywhereIsReadOrRefused() {
        byte[] whole = Documents.docx(paragraph("text"));
        for (int length = 0; length < whole.length; length += 41) {
            byte[] cut = Arrays.copyOf(whole, length);
            try {
                assertThat(DocumentParsers.parse("a.docx", cut)).isNotNull();
            } catch (UnreadableDocumentException e) {
                assertThat(e).hasMessageStartingWith("cannot be read: ");
            }
        }
    }

    // ---- any bytes

    @Test
    void noiseEndsInTheOneException() {
        Random random = new Random(7);
        List<String> refused = new ArrayList<>();
        for (String name : List.of("a.pdf", "a.docx", "a.html", "a.md", "a.txt")) {
            for (int i = 0; i < 20; i++) {
                byte[] noise = new byte[random.nextInt(4000)];
                random.nextBytes(noise);
                try {
                    assertThat(DocumentParsers.parse(name, noise).blocks()).isNotNull();
                } catch (UnreadableDocumentException e) {
                    refused.add(name);
                }
            }
        }
        assertThat(refused).filteredOn("a.pdf"::equals).hasSize(20);
        assertThat(refused).filteredOn("a.docx"::equals).hasSize(20);
    }

    @Test
    void noTextThatIsReadHoldsHalfACharacter() {
        // A PDF's own tables say which characters its glyphs stand for, and may say anything.
        assertThat(new Block(List.of("\uD83D"), "a\uDE00b", 1)).isEqualTo(new Block(List.of("?"), "a?b", 1));
        assertThat(new ParsedDocument("x\uD83D", List.of()).title()).isEqualTo("x?");
        assertThat(new ParsedDocument("😀", List.of(block("😀"))).blocks()).containsExactly(block("😀"));
    }
}
