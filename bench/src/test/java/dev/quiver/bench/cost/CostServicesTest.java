package dev.quiver.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The rules of price pages against the examples on them. */
class CostServicesTest {
    private final Services services = new Services(Figures.assumed(), Figures.prices());

    /** 4 KB of vector, 1 KB of metadata to filter by, 1 KB of other, 0.17 KB of key; all of it written anew in six months. */
    private static Workload ofAws(double vectors, double queries) {
        return new Workload(vectors, queries, 1024, 0.17 * 1024, 1024, 1024, 10, 1 / 6.0);
    }

    @Test
    void s3VectorsFirstExample() {
        // 10 million vectors in 40 indexes, a million queries: $3.54 + $1.97 + $5.87 = $11.38; storage is rounded to 59
        // GB there.
        Bill bill = services.s3Vectors(ofAws(1e7, 1e6), 40);
        assertThat(bill.line("storage")).isCloseTo(3.54, within(0.02));
        assertThat(bill.line("writes")).isCloseTo(1.97, within(0.02));
        assertThat(bill.line("queries")).isCloseTo(5.87, within(0.01));
        assertThat(bill.total()).isCloseTo(11.38, within(0.03));
    }

    @Test
    void s3VectorsSecondExample() {
        // 400 million in 40 indexes, ten million queries.
        Bill bill = services.s3Vectors(ofAws(4e8, 1e7), 40);
        assertThat(bill.line("storage")).isCloseTo(141.22, within(0.05));
        assertThat(bill.line("writes")).isCloseTo(78.46, within(0.05));
        assertThat(bill.line("queries")).isCloseTo(997.62, within(0.1));
    }

    @Test
    void s3VectorsBeyondTenMillionOfAnIndex() {
        double ten = services.s3Vectors(ofAws(1e7, 1), 1).line("queries");
        double twenty = services.s3Vectors(ofAws(2e7, 1), 1).line("queries");
        // 10 million × 5.17 KB at $0.0004 a TB.
        assertThat(twenty - ten).isCloseTo(1e7 * 5.17 / (1L << 30) * 0.0004, within(1e-9));
    }

    @Test
    void pineconeReadUnits() {
        // The table of "Understanding cost": records, dimension, bytes of metadata, units.
        double[][] table = {
            {5e5, 768, 500, 1.78}, {1e6, 1536, 1000, 7.14}, {5e6, 1024, 15_000, 95.5}, {1e7, 1536, 1000, 71.4}
        };
        for (double[] row : table) {
            Workload w = new Workload(row[0], 1, (int) row[1], 0, row[2], 0, 10, 0);
            assertThat(services.readUnits(w.vectors() * w.recordBytes() / 1e9))
                    .isCloseTo(row[3], within(row[3] * 0.005));
        }
        assertThat(services.readUnits(0.01)).isEqualTo(0.25);
    }

    @Test
    void pineconeBill() {
        // 1 KB a record: 1 GB. $0.33, a million reads of one unit $16, and what is missing to $50.
        Workload w = new Workload(1e6, 1e6, 200, 0, 200, 0, 10, 0);
        Bill bill = services.pinecone(w);
        assertThat(bill.line("storage")).isCloseTo(0.33, within(1e-9));
        assertThat(bill.line("queries")).isCloseTo(16, within(1e-9));
        assertThat(bill.total()).isCloseTo(50, within(1e-9));
        assertThat(services.pinecone(w.withQueries(1e7)).total()).isCloseTo(160.33, within(1e-9));
        // Each KB written is a unit: 4 dollars a million.
        assertThat(services.load(w)[2]).isCloseTo(4, within(1e-9));
    }

    @Test
    void turbopufferQueriesOfSmallAndLargeNamespaces() {
        assertThat(services.queriedGb(0.1)).isEqualTo(1.28);
        assertThat(services.queriedGb(32)).isEqualTo(32);
        assertThat(services.queriedGb(128)).isCloseTo(32 + 96 * 0.2, within(1e-9));
        assertThat(services.queriedGb(228)).isCloseTo(32 + 96 * 0.2 + 100 * 0.04, within(1e-9));
    }

    @Test
    void turbopufferBill() {
        // The calculator of its page: a million queries of namespaces of 0.3 GB are $1.28, and three cents are
        // returned.
        Workload w = new Workload(1e5, 1e6, 768, 0, 0, 60, 10, 0);
        Bill bill = services.turbopuffer(w);
        assertThat(bill.line("queries")).isCloseTo(1.31, within(0.001));
        assertThat(bill.line("storage")).isCloseTo(0.3072 * 0.33 + 0.006 * 0.165, within(1e-9));
        assertThat(bill.total()).isCloseTo(16, within(1e-9));
    }

    @Test
    void openSearch() {
        Workload w = new Workload(0, 1e3, 384, 0, 0, 0, 10, 0);
        assertThat(services.openSearchClassic(w, true).total()).isCloseTo(350.40, within(1e-9));
        assertThat(services.openSearchClassic(w, false).total()).isCloseTo(175.20, within(1e-9));
        // 1.37 requests an hour, each followed by ten minutes: awake 20.4 % of 730 hours, at 2 OCUs.
        assertThat(services.openSearchNextGen(w).line("search"))
                .isCloseTo((1 - Math.exp(-1000 / 730.0 / 6)) * 730 * 0.48, within(1e-9));
        assertThat(services.openSearchNextGen(w.withQueries(1e6)).line("search"))
                .isCloseTo(350.40, within(1e-6));
    }
}
