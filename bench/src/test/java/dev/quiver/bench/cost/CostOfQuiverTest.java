package dev.quiver.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.bench.cost.QuiverCost.Mix;
import dev.quiver.bench.cost.QuiverCost.Plan;
import dev.quiver.bench.cost.QuiverCost.Variant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostOfQuiverTest {
    private static final double MONTH = 730 * 3600;

    /** Not those of today, so that a new run changes no test. */
    private static final Figures MEASURED = Figures.of(Map.ofEntries(
            Map.entry("lambda.warm.ms", 65.9),
            Map.entry("lambda.warm.store.ms", 60.0),
            Map.entry("lambda.init.ms", 75.0),
            Map.entry("lambda.first.small.rows", 1e5),
            Map.entry("lambda.first.small.ms", 391.0),
            Map.entry("lambda.first.large.rows", 339_979.0),
            Map.entry("lambda.first.large.ms", 791.0),
            Map.entry("glove.file.bytes", 597.0),
            Map.entry("minilm.file.bytes", 2053.0),
            Map.entry("minilm.hot.bytes", 552.0),
            Map.entry("minilm.build.cpu.seconds", 8.0),
            Map.entry("minilm.build.rows", 1e5),
            Map.entry("cold.reads.small.rows", 34_000.0),
            Map.entry("cold.reads.small", 174.0),
            Map.entry("cold.reads.large.rows", 339_979.0),
            Map.entry("cold.reads.large", 420.0),
            Map.entry("write.amplification", 5.0),
            Map.entry("storage.factor", 2.0)));

    private final Figures assumed = Figures.assumed();
    private final QuiverCost quiver = new QuiverCost(MEASURED, assumed, Figures.prices());

    private Workload workload(double vectors, double queries) {
        return Workload.of(vectors, queries, assumed);
    }

    @Test
    void gigabyteSecondsAsOnThePricePageOfLambda() {
        // Three million requests of 120 ms at 1,536 MB.
        assertThat(QuiverCost.gbSeconds(1536, 3e6 * 120)).isCloseTo(540_000, within(1e-6));
    }

    @Test
    void aRowIsWhatWasMeasuredAndItsDocument() {
        assertThat(quiver.rowBytes(workload(1, 1))).isEqualTo(2053 + 8 + 16 + 124 + 900);
        Workload wide = new Workload(1, 1, 1024, 16, 124, 900, 10, 0);
        assertThatThrownBy(() -> quiver.rowBytes(wide)).hasMessageContaining("1024");
    }

    @Test
    void theFunctionIsAsLargeAsTheIndexWants() {
        assertThat(quiver.plan(workload(1e5, 1), Variant.DEFAULT)).isEqualTo(new Plan(1, 3101e5, 1769, 512));
        // 2,957.4 MiB and 512, in steps of 64.
        assertThat(quiver.plan(workload(1e6, 1), Variant.DEFAULT).memoryMb()).isEqualTo(3520);
        Plan four = quiver.plan(workload(1e7, 1), Variant.DEFAULT);
        assertThat(four.functions()).isEqualTo(4);
        assertThat(four.memoryMb()).isLessThan(10_240);
        Plan paged = quiver.plan(workload(1e6, 1), new Variant(false, false, false, true));
        // 552 bytes a row are hot: 526 MiB.
        assertThat(paged.memoryMb()).isEqualTo(1769);
        assertThat(paged.tmpMb()).isEqualTo(2958);
    }

    @Test
    void whatWasNotMeasuredGrowsAsWhatWas() {
        assertThat(QuiverCost.grown(100, 100, 7, 10_000, 70)).isCloseTo(7, within(1e-9));
        assertThat(QuiverCost.grown(10_000, 100, 7, 10_000, 70)).isCloseTo(70, within(1e-9));
        // × 10 for × 100, so × 10 again.
        assertThat(QuiverCost.grown(1_000_000, 100, 7, 10_000, 70)).isCloseTo(700, within(1e-6));
        assertThat(QuiverCost.grown(1, 100, 7, 10_000, 70)).isEqualTo(7);
        assertThat(quiver.coldReads(339_979)).isCloseTo(420, within(1e-6));
        assertThat(quiver.firstAnswerMs(339_979 * 657.0)).isCloseTo(791, within(1e-6));
    }

    @Test
    void rareQueriesMostlyFindNoInstance() {
        Mix mix = quiver.mix(1000, 3101e5);
        double cold = Math.exp(-600 * 1000 / MONTH);
        double replaced = 365 * (1 - cold);
        assertThat(mix.starts()).isCloseTo(1000 * cold + replaced, within(1e-6));
        assertThat(mix.arriving()).isBetween(mix.starts(), 1000.0);
        assertThat(mix.arriving() + mix.warm()).isCloseTo(1000, within(1e-9));
    }

    @Test
    void manyQueriesFindOneButForThoseThatAreReplaced() {
        Mix mix = quiver.mix(1e7, 3101e5);
        // 0.25 at once on average: two instances, each replaced every two hours.
        assertThat(mix.starts()).isCloseTo(2 * 365, within(1e-6));
        assertThat(mix.warm()).isGreaterThan(9.99e6);
    }

    @Test
    void tenMillionWarmQueries() {
        Bill bill = quiver.bill(workload(1e5, 1e7), Variant.DEFAULT);
        // 66 ms at 1,769 MB: $1.90 a million; the rest are starts.
        assertThat(bill.line("compute")).isCloseTo(10 * 66e3 * 1769 / 1024 * 0.0000166667, within(0.1));
        assertThat(bill.line("invocations")).isCloseTo(2, within(1e-9));
        assertThat(bill.line("HTTP API")).isCloseTo(10, within(1e-9));
        // Two GETs each, at $0.40 a million.
        assertThat(bill.line("S3: manifest and log")).isCloseTo(8, within(0.01));
        // 1,430 bytes each.
        assertThat(bill.line("logs")).isCloseTo(1620e7 / (1L << 30) * 0.5, within(1e-9));
        assertThat(bill.line("S3: storage")).isCloseTo(3101e5 * 2 / (1L << 30) * 0.023, within(1e-9));
    }

    @Test
    void readsThatMayBeOldAskTheStoreLess() {
        Bill bill = quiver.bill(workload(1e5, 1e7), Variant.LEAN);
        // 1.9 a second for each of two instances: one look in 10.5.
        double looks = 1 / (1 + 1e7 / MONTH / 2 * 5);
        assertThat(bill.line("S3: manifest and log")).isCloseTo(8 * looks, within(0.01));
        assertThat(bill.line("HTTP API")).isZero();
        // 5.9 ms and that share of 60, rounded up.
        assertThat(bill.line("compute"))
                .isCloseTo(10 * Math.ceil(5.9 + 60 * looks) * 1e3 * 1769 / 1024 * 0.0000166667, within(0.1));
    }

    @Test
    void writesAreUpsertsAndTheirCompaction() {
        // 12 million records of which a twelfth is written: 10,000 batches, each a call of 200 ms, a PUT, a LIST and a
        // GET.
        double upserts = 10_000 * (1.2e-6 + 0.2 * 1769 / 1024 * 0.0000166667 + 5e-6 + 5e-6 + 0.4e-6);
        // Five million rows built: 400 CPU seconds, and their bytes put in parts and read in pieces.
        double bytes = 5e6 * 3101;
        double compaction = 400 * 1769 / 1024.0 * 0.0000166667 + bytes / (32 << 20) * 5e-6 + bytes / (8 << 20) * 0.4e-6;
        assertThat(quiver.bill(workload(1.2e7, 1000), Variant.DEFAULT).line("writes"))
                .isCloseTo(upserts + compaction, within(1e-4));
    }

    @Test
    void fixedCostsDoNotDependOnQueries() {
        double few = quiver.bill(workload(1e5, 1e3), Variant.DEFAULT).line("fixed");
        assertThat(few)
                .isEqualTo(quiver.bill(workload(1e7, 1e7), Variant.DEFAULT).line("fixed"));
        // Nine metrics, a dashboard, 1.3 million requests to queues, and some cents for the schedules.
        assertThat(few).isCloseTo(9 * 0.30 + 3 + 0.52, within(0.10));
    }

    @Test
    void breakEvens() {
        assertThat(BreakEven.cheaper(_ -> 1, _ -> 2)).isEqualTo("always");
        assertThat(BreakEven.cheaper(_ -> 2, _ -> 1)).isEqualTo("never");
        // 5 + 1 a million beside 3 a million: at 2.5 million.
        assertThat(BreakEven.cheaper(q -> 5 + q / 1e6, q -> 3 * q / 1e6)).isEqualTo("from 2.5M");
        assertThat(BreakEven.cheaper(q -> 3 * q / 1e6, q -> 5 + q / 1e6)).startsWith("up to 2.");
        assertThat(BreakEven.cheaper(q -> Math.abs(Math.log10(q) - 4), _ -> 1)).startsWith("1,000 to ");
    }

    @Test
    void billsHaveAMinimum() {
        Bill bill = new Bill().add("a", 1).add("a", 2).add("b", 4);
        assertThat(bill.total()).isEqualTo(7);
        assertThat(bill.atLeast(10).total()).isEqualTo(10);
        assertThat(bill.atLeast(3).total()).isEqualTo(10);
    }

    @Test
    void aFigureThatIsMissingIsNamed() {
        assertThatThrownBy(() -> assumed.get("nothing")).hasMessageContaining("'nothing' in assumed.properties");
    }
}
