package dev.quiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds down how a passage is laid out for a person, and that nothing of it drives the terminal. */
class TerminalTest {
    @Test
    void textIsWrappedBetweenWords() {
        String wrapped = Terminal.wrap("word ".repeat(50), "  ", 100);
        assertThat(wrapped.lines()).allSatisfy(l -> {
            assertThat(l).startsWith("  word").endsWith("word");
            assertThat(l.length()).isLessThanOrEqualTo(Terminal.width());
        });
        assertThat(wrapped.split("word", -1)).hasSize(51);
    }

    @Test
    void aWordLongerThanTheLineIsNotLost() {
        String word = "x".repeat(300);
        assertThat(Terminal.wrap("a " + word + " b", "", 10)).isEqualTo("a\n" + word + "\nb\n");
    }

    @Test
    void whatIsLongerThanAllowedEndsInDots() {
        assertThat(Terminal.wrap("one\ntwo\nthree\nfour", "> ", 2)).isEqualTo("> one\n> two\n> …\n");
        assertThat(Terminal.wrap("one\ntwo", "> ", 2)).isEqualTo("> one\n> two\n");
    }

    @Test
    void lineBreaksAndIndentsOfCodeStay() {
        assertThat(Terminal.wrap("if (x) {\n\n    return;\n}", "", 9)).isEqualTo("if (x) {\n    return;\n}\n");
    }

    @Test
    void aSourceIsFileSectionAndPage() {
        assertThat(Terminal.source("id", Map.of("source", "a.pdf", "page", 7L, "section", "One > Two")))
                .isEqualTo("a.pdf, page 7 — One > Two");
        assertThat(Terminal.source("the-id", Map.of())).isEqualTo("the-id");
    }

    @Test
    void controlCharactersAreLeftOut() {
        assertThat(Terminal.wrap("a\u001b[2Jb\u0007\u009b1m\u0000", "", 9)).isEqualTo("a[2Jb1m\n");
        assertThat(Terminal.source("x", Map.of("source", "a\n\u001b[1m.txt"))).isEqualTo("a[1m.txt");
        assertThat(Terminal.harmless("tab\tline\n")).isEqualTo("tab\tline\n");
        assertThat(Terminal.line("tab\tline\n")).isEqualTo("tabline");
    }
}
