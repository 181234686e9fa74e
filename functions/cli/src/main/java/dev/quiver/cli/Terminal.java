package dev.quiver.cli;

import dev.quiver.functions.documents.Ingestor;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;

/** How things look in a terminal. */
final class Terminal {
    private static final int WIDEST = 110;

    private Terminal() {}

    /** Whether a person is watching, and not a file or another program. */
    static boolean interactive() {
        return System.console() != null && System.console().isTerminal();
    }

    static int width() {
        String columns = System.getenv("COLUMNS");
        try {
            return columns == null ? 80 : Math.clamp(Integer.parseInt(columns.strip()), 40, WIDEST);
        } catch (NumberFormatException e) {
            return 80;
        }
    }

    static String bold(String s) {
        return style("bold", s);
    }

    static String faint(String s) {
        return style("faint", s);
    }

    private static String style(String style, String s) {
        return Ansi.AUTO.enabled()
                ? Ansi.AUTO.new Text("@|" + style + " x|@").toString().replace("x", s)
                : s;
    }

    /** Text in lines of the terminal's width, indented; a line break in the text stays one. Control characters, which could drive the terminal, are left out. */
    static String wrap(String text, String indent, int maxLines) {
        int width = width() - indent.length();
        StringBuilder out = new StringBuilder();
        int lines = 0;
        for (String line : text.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "").split("\n")) {
            StringBuilder current = new StringBuilder();
            for (String word : line.stripTrailing().split(" ")) {
                if (!current.isEmpty() && current.length() + 1 + word.length() > width) {
                    if (++lines > maxLines) {
                        return out.append(indent).append("…\n").toString();
                    }
                    out.append(indent).append(current).append('\n');
                    current.setLength(0);
                }
                current.append(current.isEmpty() ? "" : " ").append(word);
            }
            if (!current.toString().isBlank()) {
                if (++lines > maxLines) {
                    return out.append(indent).append("…\n").toString();
                }
                out.append(indent).append(current).append('\n');
            }
        }
        return out.toString();
    }

    /** Where a passage comes from: file, section, page. */
    static String source(String id, Map<String, Object> attributes) {
        StringBuilder s = new StringBuilder(String.valueOf(attributes.getOrDefault(Ingestor.SOURCE, id)));
        if (attributes.get(Ingestor.PAGE) instanceof Number page) {
            s.append(", page ").append(page);
        }
        if (attributes.get(Ingestor.SECTION) instanceof String section) {
            s.append(" — ").append(section);
        }
        return s.toString().replaceAll("\\p{Cntrl}", "");
    }
}
