package dev.quiver.bench.peers;

import dev.quiver.bench.peers.Curve.Point;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Recall against the logarithm of CPU time, as SVG. */
public final class Plot {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 520;
    private static final int LEFT = 60;
    private static final int RIGHT = 190;
    private static final int TOP = 50;
    private static final int BOTTOM = 60;
    private static final double LEAST_RECALL = 0.7;

    /** The first is for what the plot is about; the others can be told apart by people who see few colours, with their dashes. */
    private static final List<String> COLOURS = List.of(
            "#d62728", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f6000", "#555555", "#9467bd",
            "#8c564b", "#17becf", "#bcbd22");

    private static final List<String> DASHES = List.of("none", "6 3", "2 3");

    private Plot() {}

    /** @param curves by name, in the order of the legend */
    public static String svg(String title, Map<String, Curve> curves) {
        List<Point> all = curves.values().stream()
                .flatMap(c -> c.points().stream())
                .filter(p -> p.recall() >= LEAST_RECALL && p.cpuMicros() > 0)
                .toList();
        double least = Math.floor(
                Math.log10(all.stream().mapToDouble(Point::cpuMicros).min().orElse(1)));
        double most = Math.ceil(
                Math.log10(all.stream().mapToDouble(Point::cpuMicros).max().orElse(10)));
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH,
                HEIGHT);
        add(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
        add(svg, "<text x=\"%d\" y=\"24\" font-size=\"16\">%s</text>", LEFT, escaped(title));
        for (double decade = least; decade <= most; decade++) {
            for (int step = 1; step < 10 && (step == 1 || decade < most); step++) {
                double x = x(decade + Math.log10(step), least, most);
                add(
                        svg,
                        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>",
                        x,
                        TOP,
                        x,
                        HEIGHT - BOTTOM,
                        step == 1 ? "#bbb" : "#eee");
            }
            add(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,.0f</text>",
                    x(decade, least, most),
                    HEIGHT - BOTTOM + 18,
                    Math.pow(10, decade));
        }
        for (double recall : new double[] {0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 1}) {
            add(
                    svg,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
                    LEFT,
                    y(recall),
                    WIDTH - RIGHT,
                    y(recall));
            add(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>", LEFT - 6, y(recall) + 4, recall);
        }
        add(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">CPU time a query, µs, logarithmic</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - BOTTOM + 40);
        add(svg, "<text x=\"%d\" y=\"%d\">recall@10</text>", LEFT, TOP - 8);
        int i = 0;
        for (Map.Entry<String, Curve> e : curves.entrySet()) {
            String colour = COLOURS.get(i % COLOURS.size());
            String dash = DASHES.get(i % DASHES.size());
            List<Point> shown = e.getValue().points().stream()
                    .filter(p -> p.recall() >= LEAST_RECALL && p.cpuMicros() > 0)
                    .toList();
            String line = shown.stream()
                    .map(p -> String.format(
                            Locale.ROOT, "%.1f,%.1f", x(Math.log10(p.cpuMicros()), least, most), y(p.recall())))
                    .collect(Collectors.joining(" "));
            add(
                    svg,
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
                    line,
                    colour,
                    dash);
            for (Point p : shown) {
                add(
                        svg,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
                        x(Math.log10(p.cpuMicros()), least, most),
                        y(p.recall()),
                        colour);
            }
            int legend = TOP + 10 + 22 * i;
            add(
                    svg,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
                    WIDTH - RIGHT + 15,
                    legend,
                    WIDTH - RIGHT + 45,
                    legend,
                    colour,
                    dash);
            add(svg, "<text x=\"%d\" y=\"%d\">%s</text>", WIDTH - RIGHT + 52, legend + 4, escaped(e.getKey()));
            i++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(double logarithm, double least, double most) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (logarithm - least) / Math.max(1, most - least);
    }

    private static double y(double recall) {
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - recall) / (1 - LEAST_RECALL);
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void add(StringBuilder svg, String element, Object... values) {
        svg.append(String.format(Locale.ROOT, element, values)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
