package dev.quiver.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.bench.peers.Curve.Point;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class PlotTest {
    @Test
    void aPointWithinThePlotForEachMeasuredOne() throws Exception {
        String svg = Plot.svg(
                "a <title> & more",
                Map.of(
                        "one",
                        new Curve(List.of(
                                new Point(1, 0.5, 9, 9), new Point(2, 0.9, 90, 90), new Point(4, 1, 900, 900)))));
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        // The one of recall .5 lies below the axis.
        assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(2);
        assertThat(document.getElementsByTagName("text").item(0).getTextContent())
                .isEqualTo("a <title> & more");
    }
}
