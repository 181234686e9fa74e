package dev.quiver.functions.documents;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Paragraphs of plain text, and its headings where it has any of the one kind that is not guessed at: a line underlined with punctuation, as in
 * reStructuredText and in most texts of the time before. Levels are in the order in which the underlines first appear.
 */
final class PlainTextStructure {
    private static final Pattern UNDERLINE = Pattern.compile("([=~^\"*+#`-])\\1{2,}\\s*");
    private static final int LONGEST_HEADING = 120;
    private static final int LEVELS = 6;

    private final List<Block> blocks = new ArrayList<>();
    private final List<String> headings = new ArrayList<>();
    private final StringBuilder styles = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private String title = "";

    private PlainTextStructure() {}

    /** @param text with lines that end in a newline alone */
    static ParsedDocument of(String text) {
        PlainTextStructure structure = new PlainTextStructure();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            if (isHeading(lines, i)) {
                structure.heading(lines[i].strip(), lines[++i].charAt(0));
            } else if (!isOverline(lines, i)) {
                structure.text.append(lines[i]).append('\n');
            }
        }
        structure.flush();
        return new ParsedDocument(structure.title, structure.blocks);
    }

    /** A line alone, with a line below that underlines at least most of it. */
    private static boolean isHeading(String[] lines, int i) {
        String line = lines[i].strip();
        return i + 1 < lines.length
                && !line.isEmpty()
                && line.length() <= LONGEST_HEADING
                && !UNDERLINE.matcher(line).matches()
                && UNDERLINE.matcher(lines[i + 1]).matches()
                && 3 * lines[i + 1].strip().length() >= 2 * line.length()
                && (i == 0
                        || lines[i - 1].isBlank()
                        || UNDERLINE.matcher(lines[i - 1]).matches());
    }

    /** Some headings have a line above too. */
    private static boolean isOverline(String[] lines, int i) {
        return UNDERLINE.matcher(lines[i]).matches()
                && isHeading(lines, Math.min(i + 1, lines.length - 1))
                && lines[i].charAt(0) == lines[i + 2].charAt(0);
    }

    private void heading(String heading, char style) {
        flush();
        int level = styles.indexOf(String.valueOf(style));
        if (level < 0) {
            level = Math.min(styles.length(), LEVELS - 1);
            styles.append(style);
        }
        level = Math.min(level, headings.size());
        headings.subList(level, headings.size()).clear();
        headings.add(DocumentParsers.clean(heading));
        if (title.isEmpty()) {
            title = headings.getFirst();
        }
    }

    private void flush() {
        for (String paragraph : paragraphs(text.toString())) {
            blocks.add(new Block(List.copyOf(headings), paragraph, 0));
        }
        text.setLength(0);
    }

    /** Parted by empty lines; a line that ends in a hyphen goes on in the next. */
    static List<String> paragraphs(String text) {
        List<String> paragraphs = new ArrayList<>();
        for (String paragraph : text.split("\n[ \\t]*\n+", -1)) {
            String joined = paragraph.replaceAll("(?<=\\p{Ll})-[ \\t]*\n[ \\t]*(?=\\p{Ll})", "");
            String cleaned = DocumentParsers.clean(joined);
            if (!cleaned.isEmpty()) {
                paragraphs.add(cleaned);
            }
        }
        return paragraphs;
    }
}
