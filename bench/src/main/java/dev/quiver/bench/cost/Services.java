package dev.quiver.bench.cost;

/** What others cost, by the rules of their price pages. */
public final class Services {
    private static final double GB = 1e9;
    private static final double GIB = 1L << 30;
    private static final double TIB = 1L << 40;

    private final Figures assumed;
    private final Figures prices;

    public Services(Figures assumed, Figures prices) {
        this.assumed = assumed;
        this.prices = prices;
    }

    /** One index. */
    public Bill s3Vectors(Workload w) {
        return s3Vectors(w, 1);
    }

    /** @param indexes that the vectors are spread over evenly; a query asks one of them */
    Bill s3Vectors(Workload w, int indexes) {
        double gib = w.vectors() * w.recordBytes() / GIB;
        double perQuery = prices.get("s3vectors.query") + processed(w.vectors() / indexes, w.searchedBytes());
        return new Bill()
                .add("storage", gib * prices.get("s3vectors.gb.month"))
                .add("writes", gib * w.rewritten() * prices.get("s3vectors.put.gb"))
                .add("queries", w.queries() * perQuery);
    }

    /** Dollars for the data that a query processes: all vectors of the index, with keys and filterable metadata. */
    private double processed(double vectors, double bytes) {
        double first = prices.get("s3vectors.first.vectors");
        double second = prices.get("s3vectors.second.vectors");
        return bytes
                / TIB
                * (Math.min(vectors, first) * prices.get("s3vectors.tb.first")
                        + between(vectors, first, second) * prices.get("s3vectors.tb.second")
                        + Math.max(0, vectors - second) * prices.get("s3vectors.tb.third"));
    }

    private static double between(double x, double from, double to) {
        return Math.max(0, Math.min(x, to) - from);
    }

    public Bill turbopuffer(Workload w) {
        double storage = w.vectors()
                / GB
                * (w.searchedBytes() * prices.get("turbopuffer.gb.month")
                        + w.textBytes() * prices.get("turbopuffer.gb.month.unindexed"));
        double writes = w.vectors()
                * w.rewritten()
                * w.recordBytes()
                / GB
                * prices.get("turbopuffer.write.gb")
                * (1 - assumed.get("turbopuffer.batch.discount"));
        double queries = w.queries()
                * (queriedGb(w.vectors() * w.searchedBytes() / GB) * prices.get("turbopuffer.queried.gb")
                        + w.answerBytes() / GB * prices.get("turbopuffer.returned.gb"));
        return new Bill()
                .add("storage", storage)
                .add("writes", writes)
                .add("queries", queries)
                .atLeast(prices.get("turbopuffer.minimum"));
    }

    /** What is billed of a namespace of so many GB, in GB of the full price. */
    double queriedGb(double gb) {
        double second = prices.get("turbopuffer.queried.second.gb");
        double third = prices.get("turbopuffer.queried.third.gb");
        double asked = Math.max(gb, prices.get("turbopuffer.queried.least.gb"));
        return Math.min(asked, second)
                + between(asked, second, third) * prices.get("turbopuffer.queried.second.share")
                + Math.max(0, asked - third) * prices.get("turbopuffer.queried.third.share");
    }

    /** All in one namespace. */
    public Bill pinecone(Workload w) {
        double gb = w.vectors() * w.recordBytes() / GB;
        return new Bill()
                .add("storage", gb * prices.get("pinecone.gb.month"))
                .add("writes", writeUnits(w) * prices.get("pinecone.write.unit"))
                .add("queries", w.queries() * readUnits(gb) * prices.get("pinecone.read.unit"))
                .atLeast(prices.get("pinecone.minimum"));
    }

    double readUnits(double namespaceGb) {
        return Math.max(prices.get("pinecone.query.least.units"), namespaceGb / prices.get("pinecone.query.gb.a.unit"));
    }

    private double writeUnits(Workload w) {
        double batch = assumed.get("quiver.write.batch");
        double unitsOfBatch = Math.max(
                prices.get("pinecone.write.least.units"),
                Math.ceil(batch * w.recordBytes() / prices.get("pinecone.write.bytes.a.unit")));
        return w.vectors() * w.rewritten() / batch * unitsOfBatch;
    }

    /** The least of Classic, which runs always. */
    public Bill openSearchClassic(Workload w, boolean redundant) {
        double ocu = prices.get(redundant ? "opensearch.classic.ocu" : "opensearch.classic.test.ocu");
        return new Bill()
                .add("compute", ocu * assumed.get("hours.a.month") * prices.get("opensearch.ocu.hour"))
                .add("storage", openSearchStorage(w));
    }

    /** The least of NextGen while it is awake: search by how queries come, indexing once for each batch of writes. */
    public Bill openSearchNextGen(Workload w) {
        double month = assumed.get("hours.a.month");
        double idle = assumed.get("opensearch.nextgen.idle.seconds");
        double awake = w.queries() == 0 ? 0 : new Arrivals(w.queries() / (3600 * month)).awake(idle);
        double ocuHour = assumed.get("opensearch.nextgen.awake.ocu") * prices.get("opensearch.ocu.hour");
        return new Bill()
                .add("search", awake * month * ocuHour)
                .add("indexing", assumed.get("opensearch.nextgen.batches") * idle / 3600 * ocuHour)
                .add("storage", openSearchStorage(w));
    }

    private double openSearchStorage(Workload w) {
        return w.vectors() * w.recordBytes() / GIB * prices.get("opensearch.gb.month");
    }

    /** What the writes of the first load cost: S3 Vectors, turbopuffer and Pinecone. */
    public double[] load(Workload w) {
        Workload once = w.onlyLoaded();
        return new double[] {
            s3Vectors(once).line("writes"),
            turbopuffer(once).line("writes"),
            pinecone(once).line("writes")
        };
    }
}
