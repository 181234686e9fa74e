package dev.quiver.functions.documents;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/**
 * Cuts a document into passages that fit an embedding model's window. Paragraphs under the same headings are put together as long as they fit; a
 * paragraph that does not fit alone is cut between sentences, a sentence between words. A passage never crosses a heading, because what
 * follows is about something else.
 */
public final class Chunker {
    /** Characters. To a tokenizer, base64 is one unknown word however long; as a passage it must end all the same. */
    private static final int LONGEST_TOKEN = 16;

    private final int budget;
    private final ToIntFunction<String> tokens;

    /**
     * @param budget tokens of a passage and its headings together, marks included
     * @param tokens counts the tokens of a text, marks included
     */
    public Chunker(int budget, ToIntFunction<String> tokens) {
        this.budget = budget;
        this.tokens = text -> Math.max(tokens.applyAsInt(text), text.length() / LONGEST_TOKEN);
    }

    /**
     * @param text the passage
     * @param headings above it, outermost first
     * @param page where it begins, from 1, or 0
     * @param context the title and headings, or as many as leave room for the text
     */
    public record Chunk(String text, List<String> headings, int page, String context) {
        /** What is embedded: the headings say what a passage is about when it does not say so itself. */
        public String embedded() {
            return context.isEmpty() ? text : context + "\n" + text;
        }
    }

    /** At most half the budget, which leaves the other half for what it stands above; the nearest headings say most. */
    private Piece context(String title, List<String> headings) {
        List<String> parts = new ArrayList<>(headings);
        if (!title.isEmpty() && !headings.contains(title)) {
            parts.addFirst(title);
        }
        while (!parts.isEmpty()) {
            String context = String.join(" > ", parts);
            int size = tokens.applyAsInt(context);
            if (size <= budget / 2) {
                return new Piece(context, size);
            }
            parts.removeFirst();
        }
        return new Piece("", 0);
    }

    public List<Chunk> chunk(ParsedDocument document) {
        List<Chunk> chunks = new ArrayList<>();
        List<Block> section = new ArrayList<>();
        for (Block b : document.blocks()) {
            if (!section.isEmpty() && !section.getFirst().headings().equals(b.headings())) {
                addSection(document.title(), section, chunks);
                section.clear();
            }
            section.add(b);
        }
        if (!section.isEmpty()) {
            addSection(document.title(), section, chunks);
        }
        return chunks;
    }

    private void addSection(String title, List<Block> section, List<Chunk> chunks) {
        List<String> headings = section.getFirst().headings();
        Piece context = context(title, headings);
        int room = budget - context.tokens;
        StringBuilder text = new StringBuilder();
        int size = 0;
        int page = 0;
        for (Block block : section) {
            for (Piece piece : pieces(block.text(), room)) {
                if (size > 0 && size + piece.tokens > room) {
                    chunks.add(new Chunk(text.toString(), headings, page, context.text));
                    text.setLength(0);
                    size = 0;
                }
                if (size == 0) {
                    page = block.page();
                } else {
                    text.append("\n\n");
                }
                text.append(piece.text);
                size += piece.tokens;
            }
        }
        if (size > 0) {
            chunks.add(new Chunk(text.toString(), headings, page, context.text));
        }
    }

    /** @param tokens counted when the text was cut, so that it need not be counted again */
    private record Piece(String text, int tokens) {}

    /** The text whole if it fits, else as few pieces as its sentences and words allow. */
    private List<Piece> pieces(String text, int room) {
        int all = tokens.applyAsInt(text);
        if (all <= room) {
            return List.of(new Piece(text, all));
        }
        List<Piece> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        int size = 0;
        for (String sentence : split(text, BreakIterator.getSentenceInstance(Locale.ROOT))) {
            int sentenceSize = tokens.applyAsInt(sentence);
            if (size > 0 && size + sentenceSize > room) {
                pieces.add(new Piece(piece.toString().strip(), size));
                piece.setLength(0);
                size = 0;
            }
            if (sentenceSize > room) {
                pieces.addAll(halves(sentence, sentenceSize, room));
            } else {
                piece.append(sentence);
                size += sentenceSize;
            }
        }
        if (size > 0) {
            pieces.add(new Piece(piece.toString().strip(), size));
        }
        pieces.removeIf(p -> p.text.isBlank());
        return pieces;
    }

    /** Halved, as near to the middle as a word ends, until it fits. */
    private List<Piece> halves(String text, int size, int room) {
        if (text.codePointCount(0, text.length()) < 2 || size <= room) {
            return text.isBlank() ? List.of() : List.of(new Piece(text.strip(), size));
        }
        int middle = text.length() / 2;
        int cut = text.lastIndexOf(' ', middle);
        if (cut <= 0) {
            // Never less than one character: a pair in the middle has at least another character after it.
            cut = Character.isLowSurrogate(text.charAt(middle)) ? middle + 1 : middle;
        }
        String head = text.substring(0, cut);
        String tail = text.substring(cut);
        List<Piece> pieces = new ArrayList<>(halves(head, tokens.applyAsInt(head), room));
        pieces.addAll(halves(tail, tokens.applyAsInt(tail), room));
        return pieces;
    }

    /** With the white space after each. */
    public static List<String> split(String text, BreakIterator boundaries) {
        boundaries.setText(text);
        List<String> parts = new ArrayList<>();
        int start = boundaries.first();
        for (int end = boundaries.next(); end != BreakIterator.DONE; start = end, end = boundaries.next()) {
            parts.add(text.substring(start, end));
        }
        return parts;
    }
}
