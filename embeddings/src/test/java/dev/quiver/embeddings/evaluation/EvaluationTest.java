package dev.quiver.embeddings.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.embeddings.evaluation.Comparison.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measures against values worked out by hand. */
class EvaluationTest {
    private final Map<String, Integer> grades = Map.of("a", 3, "b", 1, "c", 2, "d", 0);

    @TempDir
    private Path folder;

    @Test
    void theBestRankingHasAnNdcgOfOne() {
        assertThat(Measure.ndcg(10).of(List.of("a", "c", "b"), grades)).isCloseTo(1, within(1e-12));
    }

    @Test
    void gainsAreGradesAndDiscountsAreLogarithms() {
        // found 0/1 + 1/1.58496 + 3/2, best 3/1 + 2/1.58496 + 1/2
        double expected = (1 / 1.5849625007 + 3 / 2.0) / (3 + 2 / 1.5849625007 + 1 / 2.0);
        assertThat(Measure.ndcg(10).of(List.of("d", "b", "a"), grades)).isCloseTo(expected, within(1e-9));
    }

    @Test
    void onlyTheFirstOnesCount() {
        assertThat(Measure.ndcg(1).of(List.of("x", "a"), grades)).isZero();
        assertThat(Measure.ndcg(1).of(List.of("b", "a"), grades)).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(Measure.hit(1).of(List.of("d", "a"), grades)).isZero();
        assertThat(Measure.hit(2).of(List.of("d", "a"), grades)).isEqualTo(1);
        assertThatThrownBy(() -> Measure.hit(0)).hasMessageContaining("at least 1");
    }

    @Test
    void recallIsOfTheRelevantOnes() {
        assertThat(Measure.recall(3).of(List.of("a", "d", "x", "b"), grades)).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(Measure.recall(4).of(List.of("a", "d", "x", "b"), grades)).isCloseTo(2 / 3.0, within(1e-12));
    }

    @Test
    void theReciprocalRankIsOfTheFirstRelevantOne() {
        assertThat(Measure.reciprocalRank(10).of(List.of("d", "x", "b", "a"), grades))
                .isCloseTo(1 / 3.0, within(1e-12));
        assertThat(Measure.reciprocalRank(2).of(List.of("d", "x", "b"), grades)).isZero();
    }

    @Test
    void theIntervalIsThatOfTheMean() {
        double[] values = new double[400];
        Arrays.setAll(values, i -> i % 2);
        Interval e = Interval.of(values);
        // The standard error of this mean is 0.025.
        assertThat(e.mean()).isEqualTo(0.5);
        assertThat(e.low()).isCloseTo(0.5 - 1.96 * 0.025, within(0.005));
        assertThat(e.high()).isCloseTo(0.5 + 1.96 * 0.025, within(0.005));
        assertThat(Interval.of(values)).isEqualTo(e);
        assertThat(Interval.of(values, 0.5, 2000, 3).low()).isGreaterThan(e.low());
        assertThatThrownBy(() -> Interval.of(new double[0])).hasMessageContaining("at least one");
        assertThatThrownBy(() -> Interval.of(values, 1, 2000, 3)).hasMessageContaining("between 0 and 1");
    }

    @Test
    void theAreaCountsPairsInOrder() {
        // 3 > 2, 3 > 1, 2 = 2, 2 > 1: three and a half of four.
        assertThat(Auroc.of(new double[] {3, 2}, new double[] {2, 1})).isEqualTo(3.5 / 4);
        assertThat(Auroc.of(new double[] {0, 0}, new double[] {1})).isZero();
        assertThatThrownBy(() -> Auroc.of(new double[0], new double[] {1})).hasMessageContaining("at least one");
        assertThatThrownBy(() -> Auroc.of(new double[] {Double.NaN}, new double[] {1}))
                .hasMessageContaining("NaN");
    }

    private static Evaluation evaluation(int queries, IntToDoubleFunction score) {
        Map<String, Double> scores = new LinkedHashMap<>();
        for (int q = 0; q < queries; q++) {
            scores.put("q" + q, score.applyAsDouble(q));
        }
        return new Evaluation(scores);
    }

    @Test
    void aSmallGainOnEveryQueryIsSeenAmongLargeDifferencesOfQueries() {
        Evaluation before = evaluation(50, q -> q / 50.0);
        Comparison c = Comparison.of(before, evaluation(50, q -> q / 50.0 + (q % 3 == 0 ? 0 : 0.01)));
        assertThat(c.after().low())
                .as("unpaired, nothing would be seen")
                .isLessThan(c.before().high());
        assertThat(c.verdict()).isEqualTo(Verdict.RECOMMENDED);
        assertThat(c.advice()).startsWith("To be used: it gains +0.007");
    }

    @Test
    void whatIsNotShownIsNotRecommended() {
        Evaluation before = evaluation(40, q -> 0.5);
        Comparison chance = Comparison.of(before, evaluation(40, q -> q % 2 == 0 ? 0.61 : 0.4));
        assertThat(chance.gain().mean()).isPositive();
        assertThat(chance.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(chance.advice()).startsWith("Not to be used: a gain is not shown");
        assertThat(Comparison.of(before, before).verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(Comparison.of(before, evaluation(40, q -> 0.4)).verdict()).isEqualTo(Verdict.HARMFUL);
        Comparison few = Comparison.of(evaluation(3, q -> 0.1), evaluation(3, q -> 0.9));
        assertThat(few.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(few.advice()).contains("Judge at least 10");
        assertThatThrownBy(() -> Comparison.of(before, evaluation(41, q -> 0.5)))
                .hasMessageContaining("1 only after, such as q40");
    }

    @Test
    void filesOfTrecAreRead() throws Exception {
        Path qrels = Files.writeString(folder.resolve("qrels"), "q1 0 a 2\nq1 0 b 0\n\nq2\t0\tc\t1\n");
        Path run = Files.writeString(folder.resolve("run"), "q1 Q0 b 1 0.5 me\nq1 Q0 a 2 0.9 me\nq1 Q0 c 3 0.5 me\n");
        Judgements judgements = Judgements.readTrec(qrels);
        assertThat(judgements.grades()).isEqualTo(Map.of("q1", Map.of("a", 2, "b", 0), "q2", Map.of("c", 1)));
        Run found = Run.readTrec(run);
        assertThat(found.rankings().get("q1"))
                .as("by score, then by name as trec_eval")
                .containsExactly("a", "c", "b");
        assertThat(Evaluation.of(judgements, found, Measure.hit(1)).scores())
                .as("a query without an answer counts")
                .containsExactly(Map.entry("q1", 1.0), Map.entry("q2", 0.0));
        assertThatThrownBy(() -> Evaluation.of(judgements, new Run(Map.of("x", List.of("a"))), Measure.hit(1)))
                .hasMessageContaining("none of the 2 queries");
    }

    @Test
    void tablesAreReadWithAndWithoutHeadings() throws Exception {
        Path with = Files.writeString(folder.resolve("with"), "query-id\tcorpus-id\tscore\nq 1\ta\t2\n");
        Path without = Files.writeString(folder.resolve("without"), "q 1\ta\t2\n");
        assertThat(Judgements.readTsv(with)).isEqualTo(Judgements.readTsv(without));
        assertThat(Run.readTsv(with)).isEqualTo(Run.readTsv(without));
    }

    @Test
    void whatIsWrongInAFileIsSaidWithItsLine() throws Exception {
        Path file = folder.resolve("file");
        Files.writeString(file, "q1 0 a 2\nq1 0 b\n");
        assertThatThrownBy(() -> Judgements.readTrec(file))
                .isInstanceOf(InvalidJudgementsException.class)
                .hasMessageContaining("Line 2 of")
                .hasMessageContaining("has 3 fields");
        Files.writeString(file, "q1 0 a many\n");
        assertThatThrownBy(() -> Judgements.readTrec(file)).hasMessageContaining("the grade 'many'");
        Files.writeString(file, "q1 0 a 1\nq1 0 a 2\n");
        assertThatThrownBy(() -> Judgements.readTrec(file)).hasMessageContaining("an earlier line with 1");
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> Judgements.readTsv(file)).hasMessageContaining("no judgement");
        Files.writeString(file, "q1 Q0 a 1 NaN me\n");
        assertThatThrownBy(() -> Run.readTrec(file)).hasMessageContaining("the score 'NaN'");
        Files.writeString(file, "q1 Q0 a 1 2 me\nq1 Q0 a 2 1 me\n");
        assertThatThrownBy(() -> Run.readTrec(file)).hasMessageContaining("once more");
        Files.write(file, new byte[] {'q', '\t', (byte) 0xff, '\t', '1', '\n'});
        assertThatThrownBy(() -> Run.readTsv(file)).hasMessageContaining("not UTF-8");
    }
}
