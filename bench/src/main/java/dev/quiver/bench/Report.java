package dev.quiver.bench;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a section found out, in Markdown: paragraphs, tables, and the targets that it was asked to reach. */
final class Report {

    /** @param measured what was found, in words and figures */
    record Target(String asked, String measured, boolean reached) {}

    private final StringBuilder body = new StringBuilder();
    private final List<Target> targets = new ArrayList<>();

    private Instant finished = Instant.EPOCH;

    void finish() {
        finished = Instant.now();
    }

    Instant finished() {
        return finished;
    }

    List<Target> targets() {
        return targets;
    }

    String markdown() {
        return body.toString();
    }

    void target(String asked, boolean reached, String measured, Object... values) {
        targets.add(new Target(asked, format(measured, values), reached));
    }

    void paragraph(String text, Object... values) {
        body.append(format(text, values).strip()).append("\n\n");
    }

    /** The first column is words, the others are figures. */
    void table(List<String> head, List<List<String>> rows) {
        row(head);
        List<String> rule = new ArrayList<>(List.of("---"));
        while (rule.size() < head.size()) {
            rule.add("---:");
        }
        row(rule);
        rows.forEach(this::row);
        body.append('\n');
    }

    private void row(List<String> cells) {
        body.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    /** A table, or nothing. */
    static String markdown(List<Target> targets) {
        if (targets.isEmpty()) {
            return "";
        }
        StringBuilder md = new StringBuilder("| asked | measured | reached |\n| --- | --- | --- |\n");
        targets.forEach(
                t -> md.append(format("| %s | %s | %s |%n", t.asked, t.measured, t.reached ? "yes" : "**no**")));
        return md.append('\n').toString();
    }

    @SuppressWarnings("AnnotateFormatMethod")
    static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
