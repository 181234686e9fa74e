package dev.quiver.functions.documents;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A document as its structure: what chunking needs and nothing of the format it came in.
 *
 * <p>All text in it is well-formed Unicode, whatever a file made of it: half a surrogate pair is replaced.
 *
 * @param title may be empty
 */
public record ParsedDocument(String title, List<Block> blocks) {
    public ParsedDocument {
        title = wellFormed(title);
    }

    /**
     * A paragraph, list item, table row or code block.
     *
     * @param headings above it, outermost first
     * @param page from 1, or 0 in formats without pages
     */
    public record Block(List<String> headings, String text, int page) {
        public Block {
            headings = headings.stream().map(ParsedDocument::wellFormed).toList();
            text = wellFormed(text);
        }
    }

    private static String wellFormed(String s) {
        return new String(s.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
