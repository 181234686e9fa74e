package dev.quiver.functions.documents;

import java.util.List;

/**
 * A document as its structure: what chunking needs and nothing of the format it came in.
 *
 * @param title may be empty
 */
public record ParsedDocument(String title, List<Block> blocks) {

    /**
     * A paragraph, list item, table row or code block.
     *
     * @param headings above it, outermost first
     * @param page from 1, or 0 in formats without pages
     */
    public record Block(List<String> headings, String text, int page) {}
}
