package dev.quiver.functions.rag;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Holds down that an answer cites passages that exist and nothing else, with offsets that point at the citations, and that none of this depends on the pieces in which the answer
 * arrives: a number may come in two pieces, a bracket in a third.
 */
class CitationCheckerTest {
    private static final int PASSAGES = 3;
    private static final Pattern CITATION = Pattern.compile("\\[([0-9]+)]");

    private record Checked(String answer, Map<Integer, List<Integer>> citations, List<String> passedOn) {}

    private static Checked check(List<String> pieces) {
        List<String> passedOn = new ArrayList<>();
        CitationChecker checker = new CitationChecker(PASSAGES, passedOn::add);
        pieces.forEach(checker::write);
        checker.end();
        return new Checked(checker.answer(), checker.citations(), passedOn);
    }

    private static Checked check(String text) {
        return check(List.of(text));
    }

    @Provide
    Arbitrary<String> answers() {
        return Arbitraries.of(
                        "[1]",
                        "[2]",
                        "[3]",
                        "[4]",
                        "[0]",
                        "[99999999999]",
                        "[1, 2]",
                        "[1,9]",
                        "[ 3 ]",
                        "[]",
                        "[ ]",
                        "[,]",
                        "[1][2]",
                        "[",
                        "]",
                        "[[1]]",
                        "[a]",
                        "[1",
                        "1]",
                        "[12",
                        " ",
                        "x",
                        "word ",
                        "1",
                        ",",
                        "\n",
                        "[٣]",
                        "😀",
                        "[1\n]",
                        "[see 2]",
                        "[1, ",
                        "[-1]",
                        "[2.]")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    @Property
    void anyCutIntoPiecesGivesTheSame(@ForAll("answers") String text, @ForAll long seed) {
        java.util.Random random = new java.util.Random(seed);
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + random.nextInt(4));
            pieces.add(text.substring(from, to));
            from = to;
        }
        Checked whole = check(text);
        Checked cut = check(pieces);
        assertThat(cut.answer).isEqualTo(whole.answer);
        assertThat(cut.citations).isEqualTo(whole.citations);
    }

    @Property
    void whatIsPassedOnIsTheAnswer(@ForAll("answers") String text) {
        Checked c = check(text.chars().mapToObj(ch -> String.valueOf((char) ch)).toList());
        assertThat(String.join("", c.passedOn)).isEqualTo(c.answer);
        assertThat(c.passedOn).doesNotContain("");
    }

    @Property
    void everyOffsetPointsAtItsCitationAndNoCitationIsMissed(@ForAll("answers") String text) {
        Checked c = check(text);
        List<Integer> offsets = new ArrayList<>();
        c.citations.forEach((number, at) -> {
            assertThat(number).isBetween(1, PASSAGES);
            for (int offset : at) {
                assertThat(c.answer.substring(offset)).startsWith("[" + number + "]");
                offsets.add(offset);
            }
        });
        Matcher left = CITATION.matcher(c.answer);
        List<Integer> found = new ArrayList<>();
        while (left.find()) {
            found.add(left.start());
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(offsets);
    }

    @Property
    void textWithoutBracketsIsUntouched(@ForAll String text) {
        String plain = text.replace("[", "").replace("]", "");
        assertThat(check(plain).answer).isEqualTo(plain);
    }

    @Example
    void goodCitationsStayAndBadOnesGo() {
        Checked c = check("It is so [1], they say [7][2]. Or not [0].");
        assertThat(c.answer).isEqualTo("It is so [1], they say [2]. Or not .");
        assertThat(c.citations).isEqualTo(Map.of(1, List.of(9), 2, List.of(23)));
    }

    @Example
    void takingOneOutLeavesNoneThatWasNotChecked() {
        assertThat(check("[1[4]]").answer).isEqualTo("[1]");
        assertThat(check("[1[4]]").citations).isEqualTo(Map.of(1, List.of(0)));
        assertThat(check("[[[9]4]2] [3[5").answer).isEqualTo("[2] [3[5");
        assertThat(check("[4[5]]").answer).isEmpty();
        assertThat(check("[1[2]3]").answer).isEqualTo("[1[2]3]");
    }

    @Example
    void severalInOneBracketBecomeOnesOfTheirOwn() {
        Checked c = check("So [1, 2,9 3].");
        assertThat(c.answer).isEqualTo("So [1][2][3].");
        assertThat(c.citations).isEqualTo(Map.of(1, List.of(3), 2, List.of(6), 3, List.of(9)));
    }

    @Example
    void aPassageCitedTwiceHasTwoOffsets() {
        assertThat(check("a [2] b [2]").citations).isEqualTo(Map.of(2, List.of(2, 8)));
    }

    @Example
    void otherBracketsAreText() {
        for (String text :
                List.of("a [link](x) [ ] [] list[i] [note", "]", "[[", "array[1x]", "[" + " ".repeat(60) + "1]")) {
            assertThat(check(text).answer).isEqualTo(text);
            assertThat(check(text).citations).isEmpty();
        }
    }

    @Example
    void aNumberTooLargeForAnythingIsTakenOut() {
        assertThat(check("a [99999999999999999999].").answer).isEqualTo("a .");
    }

    @Example
    void textIsNotHeldBackWithoutNeed() {
        List<String> passedOn = new ArrayList<>();
        CitationChecker checker = new CitationChecker(PASSAGES, passedOn::add);
        checker.write("Roll back ");
        checker.write("[");
        checker.write("2");
        assertThat(passedOn).containsExactly("Roll back ");
        checker.write("] now");
        assertThat(passedOn).containsExactly("Roll back ", "[2] now");
    }

    @Example
    void anOpenBracketAtTheEndIsText() {
        assertThat(check("see [1").answer).isEqualTo("see [1");
    }
}
