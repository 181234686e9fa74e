package dev.quiver.functions.documents;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.Elements;
import org.jsoup.select.NodeFilter;

/** Reads headings and blocks off an HTML tree, without what a page repeats on every page. */
final class HtmlStructure implements NodeFilter {
    private static final Set<String> SKIPPED = Set.of(
            "script",
            "style",
            "noscript",
            "template",
            "svg",
            "nav",
            "footer",
            "select",
            "textarea",
            "button",
            "iframe",
            "head");
    /** Roles of what frames a page's content. */
    private static final Set<String> FRAME = Set.of("navigation", "search", "banner", "contentinfo");

    private static final Set<String> BLOCKS = Set.of(
            "p",
            "div",
            "section",
            "article",
            "main",
            "li",
            "ul",
            "ol",
            "dl",
            "dt",
            "dd",
            "pre",
            "blockquote",
            "table",
            "tr",
            "caption",
            "figure",
            "figcaption",
            "header",
            "aside",
            "address",
            "details",
            "summary",
            "hr",
            "body",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6");

    private final List<Block> blocks = new ArrayList<>();
    private final String[] headings = new String[6];
    private final StringBuilder text = new StringBuilder();
    private String firstHeading = "";
    private int preformatted;
    private int inHeading;
    /** Cells of the row that began since the last text. */
    private int cells;

    private boolean hasWords;
    private Element cellAsked;
    private boolean cellIsPlain;

    private HtmlStructure() {}

    static ParsedDocument of(Document html) {
        HtmlStructure structure = new HtmlStructure();
        content(html).filter(structure);
        structure.flush();
        String title = DocumentParsers.clean(html.title());
        return new ParsedDocument(title.isEmpty() ? structure.firstHeading : title, structure.blocks);
    }

    /** What the page itself calls its content, if it calls one thing so. */
    private static Element content(Document html) {
        Elements main = html.body().select("main, [role=main]");
        return main.size() == 1 && main.first().hasText() ? main.first() : html.body();
    }

    /** What a page repeats on every page, and the signs that link a heading to itself. */
    private static boolean isFrame(Element e) {
        return SKIPPED.contains(e.normalName())
                || e.hasAttr("hidden")
                || FRAME.contains(e.attr("role"))
                || e.hasClass("headerlink");
    }

    @Override
    public FilterResult head(Node node, int depth) {
        switch (node) {
            case TextNode t -> append(t.getWholeText());
            case Element e
            when isFrame(e) -> {
                return FilterResult.SKIP_ENTIRELY;
            }
            case Element e -> {
                if (parts(e)) {
                    flush();
                } else if (BLOCKS.contains(e.normalName())) {
                    text.append(' ');
                }
                if (isHeading(e)) {
                    inHeading++;
                }
                switch (e.normalName()) {
                    case "br" -> text.append('\n');
                    case "pre" -> preformatted++;
                    case "td", "th" -> cells++;
                    case "img" -> append(" " + e.attr("alt") + " ");
                    default -> {}
                }
            }
            default -> {}
        }
        return FilterResult.CONTINUE;
    }

    @Override
    public FilterResult tail(Node node, int depth) {
        if (node instanceof Element e) {
            if (isHeading(e)) {
                inHeading--;
                heading(e.normalName().charAt(1) - '1');
            } else if (parts(e)) {
                flush();
            }
            if (e.normalName().equals("pre")) {
                preformatted--;
            }
        }
        return FilterResult.CONTINUE;
    }

    private static boolean isHeading(Element e) {
        String name = e.normalName();
        return name.length() == 2 && name.charAt(0) == 'h' && name.charAt(1) >= '1' && name.charAt(1) <= '6';
    }

    /** Whether a block begins and ends with an element: not within a heading, and not with the paragraphs of a table's cell, whose row is the block. */
    private boolean parts(Element e) {
        return BLOCKS.contains(e.normalName())
                && inHeading == 0
                && !(e.normalName().equals("p") && inPlainCell(e));
    }

    @SuppressWarnings("ReferenceEquality") // Which element, not what is in it.
    private boolean inPlainCell(Element paragraph) {
        Element cell = paragraph.parent();
        if (cell != null && cell != cellAsked) {
            cellAsked = cell;
            cellIsPlain = (cell.normalName().equals("td") || cell.normalName().equals("th"))
                    && cell.children().stream()
                            .allMatch(c -> c.normalName().equals("p") || !BLOCKS.contains(c.normalName()));
        }
        return cell != null && cellIsPlain;
    }

    private void append(String words) {
        if (!words.isBlank()) {
            text.append(hasWords && cells > 0 ? " |".repeat(cells) + " " : "");
            hasWords = true;
            cells = 0;
        }
        text.append(words);
    }

    private void heading(int level) {
        if (inHeading > 0) {
            return;
        }
        String heading = DocumentParsers.clean(text.toString());
        text.setLength(0);
        hasWords = false;
        if (heading.isEmpty()) {
            return;
        }
        headings[level] = heading;
        for (int deeper = level + 1; deeper < headings.length; deeper++) {
            headings[deeper] = null;
        }
        if (firstHeading.isEmpty()) {
            firstHeading = heading;
        }
    }

    private void flush() {
        // In preformatted text the line breaks mean something.
        String block = preformatted > 0
                ? text.toString().replace('\u00a0', ' ').stripTrailing()
                : DocumentParsers.clean(text.toString());
        text.setLength(0);
        hasWords = false;
        cells = 0;
        if (!block.isBlank()) {
            List<String> above = new ArrayList<>();
            for (String h : headings) {
                if (h != null) {
                    above.add(h);
                }
            }
            blocks.add(new Block(List.copyOf(above), block, 0));
        }
    }
}
