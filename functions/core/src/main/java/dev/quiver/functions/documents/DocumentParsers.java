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
import java.util.Set;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.zwobble.mammoth.DocumentConverter;

/**
 * Bytes of a file to a {@link ParsedDocument}. Markdown and Word are turned into HTML by libraries made for that, so one reader of structure
 * ({@link HtmlStructure}) serves three formats.
 */
public final class DocumentParsers {
    private static final Set<String> EXTENSIONS =
            Set.of("md", "markdown", "txt", "text", "html", "htm", "xhtml", "pdf", "docx");

    private static final List<org.commonmark.Extension> MARKDOWN_EXTENSIONS = List.of(TablesExtension.create());

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
                case "txt", "text" -> plain(text(bytes));
                case "html", "htm", "xhtml" -> HtmlStructure.of(Jsoup.parse(new ByteArrayInputStream(bytes), null, ""));
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
        String body = text;
        String title = "";
        if (body.startsWith("---\n") || body.startsWith("---\r\n")) {
            int end = body.indexOf("\n---", 3);
            if (end > 0) {
                title = frontMatterTitle(body.substring(4, end));
                body = body.substring(body.indexOf('\n', end + 1) + 1);
            }
        }
        String html = HtmlRenderer.builder()
                .extensions(MARKDOWN_EXTENSIONS)
                .build()
                .render(Parser.builder().extensions(MARKDOWN_EXTENSIONS).build().parse(body));
        ParsedDocument parsed = HtmlStructure.of(Jsoup.parse(html));
        return title.isEmpty() ? parsed : new ParsedDocument(title, parsed.blocks());
    }

    private static String frontMatterTitle(String frontMatter) {
        return frontMatter
                .lines()
                .filter(l -> l.startsWith("title:"))
                .map(l -> l.substring("title:".length()).strip().replaceAll("^[\"']|[\"']$", ""))
                .findFirst()
                .orElse("");
    }

    private static ParsedDocument plain(String text) {
        return new ParsedDocument("", paragraphs(text, 0));
    }

    private static ParsedDocument docx(byte[] bytes) throws IOException {
        return HtmlStructure.of(Jsoup.parse(new DocumentConverter()
                .imageConverter(_ -> java.util.Map.of())
                .convertToHtml(new ByteArrayInputStream(bytes))
                .getValue()));
    }

    private static ParsedDocument pdf(byte[] bytes) throws IOException, UnreadableDocumentException {
        try (PDDocument pdf = Loader.loadPDF(bytes)) {
            PDFTextStripper stripper = new PDFTextStripper();
            stripper.setSortByPosition(true);
            stripper.setParagraphEnd("\n\n");
            List<Block> blocks = new ArrayList<>();
            for (int page = 1; page <= pdf.getNumberOfPages(); page++) {
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                blocks.addAll(paragraphs(stripper.getText(pdf), page));
            }
            String title = pdf.getDocumentInformation().getTitle();
            return new ParsedDocument(title == null ? "" : clean(title), blocks);
        } catch (InvalidPasswordException e) {
            throw new UnreadableDocumentException("is encrypted; remove the password first", e);
        }
    }

    /** Paragraphs are parted by empty lines; a line that ends in a hyphen goes on in the next. */
    private static List<Block> paragraphs(String text, int page) {
        List<Block> blocks = new ArrayList<>();
        for (String paragraph : text.split("\\R[ \\t]*\\R+")) {
            String joined = paragraph.replaceAll("(?<=\\p{Ll})-[ \\t]*\\R[ \\t]*(?=\\p{Ll})", "");
            String cleaned = clean(joined);
            if (!cleaned.isEmpty()) {
                blocks.add(new Block(List.of(), cleaned, page));
            }
        }
        return blocks;
    }

    /** White space to single spaces, control characters gone. */
    static String clean(String text) {
        return text.replaceAll("[\\p{Cntrl}&&[^\\s]]", "")
                .replaceAll("[\\s\\u00a0]+", " ")
                .strip();
    }

    /** UTF-8 (or UTF-16 with its mark), else the old Windows code page, which has a character for every byte. */
    private static String text(byte[] bytes) throws UnreadableDocumentException {
        if (bytes.length >= 2 && (bytes[0] == (byte) 0xFE || bytes[0] == (byte) 0xFF) && (bytes[0] ^ bytes[1]) == 1) {
            return new String(bytes, StandardCharsets.UTF_16);
        }
        for (int i = 0; i < Math.min(bytes.length, 8192); i++) {
            if (bytes[i] == 0) {
                throw new UnreadableDocumentException("is not text: it has zero bytes", null);
            }
        }
        try {
            String s = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return s.startsWith("\uFEFF") ? s.substring(1) : s;
        } catch (CharacterCodingException e) {
            return new String(bytes, Charset.forName("windows-1252"));
        }
    }
}
