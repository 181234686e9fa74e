package dev.quiver.functions.documents;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;

/** Makes real PDF and Word files for the tests to read. */
final class Documents {
    private static final float LINE = 14;

    private Documents() {}

    /** A text at a place of a page; lines go down from there. */
    record Column(float x, float y, List<String> lines) {}

    /** A page with its lines from the top; an empty line is a gap between paragraphs. */
    static List<Column> page(String... lines) {
        return List.of(new Column(72, 720, List.of(lines)));
    }

    @SafeVarargs
    static byte[] pdf(String title, List<Column>... pages) {
        return pdf(title, null, pages);
    }

    /** @param password the reader is asked for it; null for none */
    @SafeVarargs
    static byte[] pdf(String title, String password, List<Column>... pages) {
        try (PDDocument pdf = new PDDocument();
                ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            pdf.getDocumentInformation().setTitle(title);
            PDType1Font font = new PDType1Font(FontName.HELVETICA);
            for (List<Column> columns : pages) {
                PDPage page = new PDPage();
                pdf.addPage(page);
                try (PDPageContentStream content = new PDPageContentStream(pdf, page)) {
                    for (Column c : columns) {
                        content.beginText();
                        content.setFont(font, 11);
                        content.setLeading(LINE);
                        content.newLineAtOffset(c.x, c.y);
                        for (String line : c.lines) {
                            content.showText(line);
                            content.newLine();
                        }
                        content.endText();
                    }
                }
            }
            if (password != null) {
                pdf.protect(new StandardProtectionPolicy("owner", password, new AccessPermission()));
            }
            pdf.save(out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A Word file with this body, in WordprocessingML. */
    static byte[] docx(String... body) {
        String w = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
        StringBuilder styles = new StringBuilder();
        for (int level = 1; level <= 3; level++) {
            styles.append(
                    "<w:style w:type=\"paragraph\" w:styleId=\"Heading%1$d\"><w:name w:val=\"heading %1$d\"/></w:style>"
                            .formatted(level));
        }
        return zip(Map.of(
                "[Content_Types].xml",
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                        + "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                        + "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                        + "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
                        + "</Types>",
                "_rels/.rels",
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                        + "<Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>"
                        + "</Relationships>",
                "word/_rels/document.xml.rels",
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                        + "<Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>"
                        + "</Relationships>",
                "word/styles.xml",
                "<w:styles " + w + ">" + styles + "</w:styles>",
                "word/document.xml",
                "<w:document " + w + "><w:body>" + String.join("", body) + "</w:body></w:document>"));
    }

    static String heading(int level, String text) {
        return "<w:p><w:pPr><w:pStyle w:val=\"Heading" + level + "\"/></w:pPr>" + run(text) + "</w:p>";
    }

    static String paragraph(String text) {
        return "<w:p>" + run(text) + "</w:p>";
    }

    static String table(String[]... rows) {
        StringBuilder table = new StringBuilder("<w:tbl>");
        for (String[] row : rows) {
            table.append("<w:tr>");
            for (String cell : row) {
                table.append("<w:tc>").append(paragraph(cell)).append("</w:tc>");
            }
            table.append("</w:tr>");
        }
        return table.append("</w:tbl>").toString();
    }

    private static String run(String text) {
        return "<w:r><w:t xml:space=\"preserve\">" + text + "</w:t></w:r>";
    }

    private static byte[] zip(Map<String, String> entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : new ArrayList<>(entries.keySet())) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(entries.get(name).getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
