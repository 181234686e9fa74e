package dev.quiver.functions.documents;

import dev.quiver.functions.documents.ParsedDocument.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/** Reads headings and blocks off an HTML tree, without what a page repeats on every page. */
final class HtmlStructure implements NodeFilter {
    private static final Set<String> SKIPPED = Set.of(
            "script", "style", "noscript", "template", "svg", "nav", "footer", "form", "button", "iframe", "head");
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

    private HtmlStructure() {}

    static ParsedDocument of(Document html) {
        HtmlStructure structure = new HtmlStructure();
        html.body().filter(structure);
        structure.flush();
        String title = DocumentParsers.clean(html.title());
        return new ParsedDocument(title.isEmpty() ? structure.firstHeading : title, structure.blocks);
    }

    @Override
    public FilterResult head(Node node, int depth) {
        switch (node) {
            case TextNode t -> text.append(t.getWholeText());
            case Element e
            when SKIPPED.contains(e.normalName()) || e.hasAttr("hidden") -> {
                return FilterResult.SKIP_ENTIRELY;
            }
            case Element e -> {
                if (BLOCKS.contains(e.normalName())) {
                    flush();
                }
                switch (e.normalName()) {
                    case "br" -> text.append('\n');
                    case "pre" -> preformatted++;
                    case "td", "th" -> text.append(text.isEmpty() ? "" : " | ");
                    case "img" -> text.append(' ').append(e.attr("alt")).append(' ');
                    default -> {}
                }
            }
            default -> {}
        }
        return FilterResult.CONTINUE;
    }

    @Override
    public FilterResult tail(Node node, int depth) {
        if (node instanceof Element e && BLOCKS.contains(e.normalName())) {
            String name = e.normalName();
            if (name.length() == 2 && name.charAt(0) == 'h' && Character.isDigit(name.charAt(1))) {
                heading(name.charAt(1) - '1');
            } else {
                flush();
            }
            if (name.equals("pre")) {
                preformatted--;
            }
        }
        return FilterResult.CONTINUE;
    }

    private void heading(int level) {
        String heading = DocumentParsers.clean(text.toString());
        text.setLength(0);
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
