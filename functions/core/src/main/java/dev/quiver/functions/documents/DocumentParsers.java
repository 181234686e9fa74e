package dev.quiver.functions.documents;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.zwobble.mammoth.DocumentConverter;

/**
 * Bytes of a file to a {@link ParsedDocument}. Markdown and Word are turned into HTML by libraries made for that, so one reader of structure
 * ({@link HtmlStructure}) serves three formats.
 */
public final class DocumentParsers {
    private static final Set<String> EXTENSIONS =
            Set.of("md", "markdown", "txt", "text", "html", "htm", "xhtml", "pdf", "docx");

    private static final Charset OLD_WINDOWS = Charset.forName("windows-1252");

    private static final List<org.commonmark.Extension> MARKDOWN_EXTENSIONS = List.of(TablesExtension.create());

    /** A line {@code name: value}, or one that goes on with the value before it. */
    private static final Pattern YAML = Pattern.compile("[^\\s:#-][^:]*:(\\s.*)?|[ \\t#-].*");

    private DocumentParsers() {}

    /** Whether files of this name are read at all. */
    public static boolean supports(String fileName) {
        return EXTENSIONS.contains(extension(fileName));
    }

    /** In lower case, without the dot; empty if there is none. */
    public static String extension(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot < 0 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** @throws UnreadableDocumentException if the bytes are damaged, encrypted or of another format */
    public static ParsedDocument parse(String fileName, byte[] bytes) throws UnreadableDocumentException {
        try {
            return switch (extension(fileName)) {
                case "md", "markdown" -> markdown(text(bytes));
                case "txt", "text" -> PlainTextStructure.of(text(bytes));
                case "html", "htm", "xhtml" -> HtmlStructure.of(html(bytes));
                case "pdf" -> pdf(bytes);
                case "docx" -> docx(bytes);
                default ->
                    throw new UnreadableDocumentException(
                            "files of this kind are not read; the kinds are " + String.join(", ", EXTENSIONS), null);
            };
        } catch (IOException | RuntimeException e) {
            // The libraries answer damaged input with exceptions of every kind; one file must not stop the others.
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new UnreadableDocumentException("cannot be read: " + why, e);
        } catch (StackOverflowError e) {
            throw new UnreadableDocumentException("cannot be read: it is nested too deeply", e);
        }
    }

    private static ParsedDocument markdown(String text) {
        int frontMatter = frontMatterLength(text);
        String title = frontMatterTitle(text.substring(0, frontMatter));
        String body = text.substring(frontMatter);
        String html = HtmlRenderer.builder()
                .extensions(MARKDOWN_EXTENSIONS)
                .build()
                .render(Parser.builder().extensions(MARKDOWN_EXTENSIONS).build().parse(body));
        ParsedDocument parsed = HtmlStructure.of(Jsoup.parse(html));
        return title.isEmpty() ? parsed : new ParsedDocument(title, parsed.blocks());
    }

    /** Of the lines from a first one of three hyphens to the next, if they are YAML and not text between two rules; else 0. */
    private static int frontMatterLength(String text) {
        if (!text.startsWith("---\n")) {
            return 0;
        }
        for (int start = 4, end; start < text.length(); start = end + 1) {
            int newline = text.indexOf('\n', start);
            end = newline < 0 ? text.length() : newline;
            String line = text.substring(start, end).stripTrailing();
            if (line.equals("---") || line.equals("...")) {
                return Math.min(end + 1, text.length());
            }
            if (line.isEmpty() ? start == 4 : !YAML.matcher(line).matches()) {
                return 0;
            }
        }
        return 0;
    }

    private static String frontMatterTitle(String frontMatter) {
        return frontMatter
                .lines()
                .filter(l -> l.startsWith("title:"))
                .map(l -> l.substring("title:".length()).strip().replaceAll("^[\"']|[\"']$", ""))
                .findFirst()
                .orElse("");
    }

    /** In the encoding that the page names, else UTF-8; pages that name none and are not UTF-8 are old ones. */
    private static Document html(byte[] bytes) throws IOException {
        Document html = Jsoup.parse(new ByteArrayInputStream(bytes), null, "");
        return html.charset().equals(StandardCharsets.UTF_8) && utf8(bytes).isEmpty()
                ? Jsoup.parse(new ByteArrayInputStream(bytes), OLD_WINDOWS.name(), "")
                : html;
    }

    private static ParsedDocument docx(byte[] bytes) throws IOException {
        return HtmlStructure.of(Jsoup.parse(new DocumentConverter()
                .imageConverter(_ -> java.util.Map.of())
                .convertToHtml(new ByteArrayInputStream(bytes))
                .getValue()));
    }

    private static ParsedDocument pdf(byte[] bytes) throws IOException, UnreadableDocumentException {
        if (System.getProperty("org.graalvm.nativeimage.imagecode") != null) {
            throw new UnreadableDocumentException(
                    "is a PDF, for which PDFBox needs Java's AWT, and a native image has none. Deploy the package for the JVM (./quiver package).");
        }
        try (PDDocument pdf = Loader.loadPDF(bytes)) {
            PDFTextStripper stripper = new PDFTextStripper();
            stripper.setParagraphEnd("\n\n");
            List<Block> blocks = new ArrayList<>();
            for (int page = 1; page <= pdf.getNumberOfPages(); page++) {
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                for (String paragraph : PlainTextStructure.paragraphs(lines(stripper.getText(pdf)))) {
                    blocks.add(new Block(List.of(), paragraph, page));
                }
            }
            String title = pdf.getDocumentInformation().getTitle();
            return new ParsedDocument(title == null ? "" : clean(title), blocks);
        } catch (InvalidPasswordException e) {
            throw new UnreadableDocumentException("is encrypted; remove the password first", e);
        }
    }

    /** White space to single spaces, control characters gone. */
    static String clean(String text) {
        return text.replaceAll("[\\p{Cntrl}&&[^\\s]]", "")
                .replaceAll("[\\s\\u00a0]+", " ")
                .strip();
    }

    /** UTF-8 (or UTF-16 with its mark), else the old Windows code page, which has a character for every byte. Lines end in a newline alone. */
    private static String text(byte[] bytes) throws UnreadableDocumentException {
        if (bytes.length >= 2 && (bytes[0] == (byte) 0xFE || bytes[0] == (byte) 0xFF) && (bytes[0] ^ bytes[1]) == 1) {
            return lines(new String(bytes, StandardCharsets.UTF_16));
        }
        for (int i = 0; i < Math.min(bytes.length, 8192); i++) {
            if (bytes[i] == 0) {
                throw new UnreadableDocumentException("is not text: it has zero bytes", null);
            }
        }
        String s = utf8(bytes).orElseGet(() -> new String(bytes, OLD_WINDOWS));
        return lines(s.startsWith("\uFEFF") ? s.substring(1) : s);
    }

    private static String lines(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n');
    }

    private static Optional<String> utf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
