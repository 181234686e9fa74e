package dev.quiver.cli;

import dev.quiver.functions.documents.Ingestor;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;

/** How things look in a terminal. */
final class Terminal {
    private static final int WIDEST = 110;

    private Terminal() {}

    /** Whether a person is watching, and not a file or another program. */
    @SuppressWarnings("SystemConsoleNull") // Error Prone thinks of JDK 22 to 24; from 25 on it is null again.
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

    /** Without control characters, which could drive the terminal: what is printed comes from files of anybody. */
    static String harmless(String text) {
        return text.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "");
    }

    /** The same on one line. */
    static String line(String text) {
        return text.replaceAll("\\p{Cc}", "");
    }

    /** Text in lines of the terminal's width, indented; a line break in the text stays one. */
    static String wrap(String text, String indent, int maxLines) {
        int width = width() - indent.length();
        StringBuilder out = new StringBuilder();
        int lines = 0;
        for (String line : harmless(text).split("\n", -1)) {
            if (line.isBlank()) {
                continue;
            }
            // The indent of a line of code stays.
            StringBuilder current = new StringBuilder(line.substring(0, line.indexOf(line.stripLeading())));
            boolean begun = false;
            for (String word : line.strip().split(" ", -1)) {
                if (begun && current.length() + 1 + word.length() > width) {
                    if (++lines > maxLines) {
                        return out.append(indent).append("…\n").toString();
                    }
                    out.append(indent).append(current).append('\n');
                    current.setLength(0);
                    begun = false;
                }
                current.append(begun ? " " : "").append(word);
                begun = true;
            }
            if (++lines > maxLines) {
                return out.append(indent).append("…\n").toString();
            }
            out.append(indent).append(current).append('\n');
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
        return line(s.toString());
    }
}
