package dev.quiver.bench.cost;

/**
 * What Quiver costs on AWS: invocations × billed milliseconds × memory, requests, bytes. Measured are the times of one function and the requests of a cold query; sizes that were not measured are
 * scaled by how the figure grew between the two that were.
 *
 * <p>A query is answered in one of three ways: by a new instance (start, init, and a segment of which nothing is there), by one whose segment is still streaming in (which it only does while a
 * request runs, for a function stands still in between), or warm.
 */
public final class QuiverCost {
    private static final double GIB = 1L << 30;
    private static final double MIB = 1 << 20;
    /** Of memory, and of /tmp. */
    private static final double MOST_MB = 10_240;

    private static final double FREE_TMP_MB = 512;
    /** One vCPU, and what was measured. */
    private static final double LEAST_FUNCTION_MB = 1769;

    /**
     * How it is deployed and asked.
     *
     * @param paged the index lies in /tmp if it is larger than the least function; only what each query reads is in memory
     */
    public record Variant(boolean arm, boolean functionUrl, boolean eventual, boolean paged) {
        /** What terraform/examples/minimal makes, and reads as they are by default. */
        public static final Variant DEFAULT = new Variant(false, false, false, false);

        /** Without API Gateway, and with reads that may be some seconds old. */
        public static final Variant LEAN = new Variant(false, true, true, false);
    }

    /**
     * @param functions that the collection is spread over: more than one if its index does not fit into the largest function
     * @param indexBytes of each
     * @param tmpMb size of /tmp
     */
    public record Plan(int functions, double indexBytes, int memoryMb, int tmpMb) {}

    /**
     * Of the queries of a month.
     *
     * @param starts new instances
     * @param arriving answered while the segment streams in, starts included
     */
    record Mix(double starts, double arriving, double warm) {}

    private final Figures measured;
    private final Figures assumed;
    private final Figures prices;

    public QuiverCost(Figures measured, Figures assumed, Figures prices) {
        this.measured = measured;
        this.assumed = assumed;
        this.prices = prices;
    }

    public double rowBytes(Workload w) {
        if (w.dimension() != 384) {
            throw new IllegalArgumentException("File bytes are measured at 384 dimensions, not at " + w.dimension());
        }
        return measured.get("minilm.file.bytes")
                + assumed.get("quiver.version.bytes")
                + w.idBytes()
                + w.attributeBytes()
                + w.textBytes();
    }

    public Plan plan(Workload w, Variant variant) {
        double mb = w.vectors() * rowBytes(w) / MIB;
        double reserve = assumed.get("quiver.reserve.mb");
        if (variant.paged && mb + reserve > LEAST_FUNCTION_MB) {
            int functions = (int) Math.ceil(mb / MOST_MB);
            double hot = w.vectors() * measured.get("minilm.hot.bytes") / MIB;
            return new Plan(functions, mb * MIB / functions, memory(hot / functions + reserve), (int)
                    Math.ceil(mb / functions));
        }
        int functions = (int) Math.ceil(mb / (MOST_MB - reserve));
        return new Plan(functions, mb * MIB / functions, memory(mb / functions + reserve), (int) FREE_TMP_MB);
    }

    private int memory(double mb) {
        double step = assumed.get("quiver.memory.step.mb");
        return (int) Math.max(LEAST_FUNCTION_MB, Math.ceil(mb / step) * step);
    }

    /** Milliseconds from the start of the process to the first answer. Grows with the bytes that stream in meanwhile. */
    public double firstAnswerMs(double indexBytes) {
        return grown(
                indexBytes,
                measuredBytes("small"),
                measured.get("lambda.first.small.ms"),
                measuredBytes("large"),
                measured.get("lambda.first.large.ms"));
    }

    /** @param size {@code small} or {@code large}, the indexes that a first answer was measured over */
    public double measuredBytes(String size) {
        return measured.get("lambda.first." + size + ".rows")
                * (measured.get("glove.file.bytes") + assumed.get("quiver.lambda.document.bytes"));
    }

    /** Ranged GETs of a query whose segment has not arrived. */
    public double coldReads(double rows) {
        return grown(
                rows,
                measured.get("cold.reads.small.rows"),
                measured.get("cold.reads.small"),
                measured.get("cold.reads.large.rows"),
                measured.get("cold.reads.large"));
    }

    /** By the power of x through two points, and not less than at the first. */
    static double grown(double x, double x1, double y1, double x2, double y2) {
        double power = Math.log(y2 / y1) / Math.log(x2 / x1);
        return Math.max(y1, y1 * Math.pow(x / x1, power));
    }

    Mix mix(double queries, double indexBytes) {
        Arrivals arrivals = arrivals(queries);
        double idle = assumed.get("quiver.idle.seconds");
        double month = monthSeconds();
        double instances = arrivals.atOnce(measured.get("lambda.warm.ms") / 1000);
        // Instances that never idle are replaced all the same.
        double replaced = instances * month / (3600 * assumed.get("quiver.life.hours")) * arrivals.awake(idle);
        double starts = Math.min(queries, queries * arrivals.afterIdle(idle) + replaced);
        double first = arrivingAnswers(indexBytes);
        double arriving = Math.min(queries, queries * arrivals.amongFirst(first, idle) + replaced * first);
        return new Mix(starts, arriving, queries - arriving);
    }

    /** How many answers of a new instance it takes until its segment is there. */
    private double arrivingAnswers(double indexBytes) {
        double streaming = indexBytes / assumed.get("quiver.network.bytes.a.second");
        double answer = (firstAnswerMs(indexBytes) - measured.get("lambda.init.ms")) / 1000;
        return Math.max(1, Math.ceil(streaming / answer));
    }

    private double monthSeconds() {
        return 3600 * assumed.get("hours.a.month");
    }

    private Arrivals arrivals(double queries) {
        return new Arrivals(queries / monthSeconds());
    }

    public Bill bill(Workload w, Variant variant) {
        Plan plan = plan(w, variant);
        Mix mix = mix(w.queries(), plan.indexBytes);
        Arrivals arrivals = arrivals(w.queries());
        double instances = arrivals.atOnce(measured.get("lambda.warm.ms") / 1000);
        double looks = variant.eventual
                ? new Arrivals(arrivals.perSecond() / instances).lookups(assumed.get("quiver.eventual.seconds"))
                : 1;
        double init = measured.get("lambda.init.ms");
        double first = firstAnswerMs(plan.indexBytes);
        double warm = measured.get("lambda.warm.ms") - (1 - looks) * measured.get("lambda.warm.store.ms");
        double invocations = plan.functions * w.queries();
        double ms = plan.functions
                * (mix.starts * Math.ceil(first)
                        + (mix.arriving - mix.starts) * Math.ceil(first - init)
                        + mix.warm * Math.ceil(warm));
        double gbSecond = prices.get(variant.arm ? "lambda.arm.gb.second" : "lambda.x86.gb.second");
        double lookups = plan.functions * (mix.arriving + mix.warm * looks);
        Bill bill = new Bill()
                .add(
                        "compute",
                        gbSeconds(plan.memoryMb, ms) * gbSecond
                                + gbSeconds(Math.max(0, plan.tmpMb - FREE_TMP_MB), ms)
                                        * prices.get("lambda.tmp.gb.second"))
                .add("invocations", invocations * prices.get("lambda.request"))
                .add("HTTP API", variant.functionUrl ? 0 : invocations * prices.get("http.api.request"))
                .add("S3: manifest and log", lookups * 2 * prices.get("s3.get"))
                .add("S3: cold reads", plan.functions * coldReads(mix, w, plan) * prices.get("s3.get"))
                .add("S3: storage", storage(w))
                .add("logs", invocations * logBytes(variant) / GIB * prices.get("cloudwatch.log.gb"));
        writes(bill, w, variant, gbSecond);
        return bill.add("fixed", fixed(gbSecond));
    }

    static double gbSeconds(double memoryMb, double milliseconds) {
        return memoryMb / 1024 * milliseconds / 1000;
    }

    /** Of queries that came too early, and of the stream, as far as there were queries to let it run. */
    private double coldReads(Mix mix, Workload w, Plan plan) {
        double pieces = Math.ceil(plan.indexBytes / assumed.get("quiver.piece.bytes"));
        double needed = mix.starts * arrivingAnswers(plan.indexBytes);
        double arrived = needed == 0 ? 0 : Math.min(1, mix.arriving / needed);
        return mix.arriving * coldReads(w.vectors() / plan.functions) + mix.starts * pieces * arrived;
    }

    private double logBytes(Variant variant) {
        return assumed.get("quiver.log.bytes") + (variant.functionUrl ? 0 : assumed.get("quiver.access.log.bytes"));
    }

    private double storage(Workload w) {
        return w.vectors() * rowBytes(w) * measured.get("storage.factor") / GIB * prices.get("s3.gb.month");
    }

    /** Upserts in batches, and what compaction makes of them. */
    private void writes(Bill bill, Workload w, Variant variant, double gbSecond) {
        double rows = w.vectors() * w.rewritten();
        double batches = Math.ceil(rows / assumed.get("quiver.write.batch"));
        double folded = rows * measured.get("write.amplification");
        double cpuSeconds = folded * measured.get("minilm.build.cpu.seconds") / measured.get("minilm.build.rows");
        double upserts = batches
                * (prices.get("lambda.request")
                        + (variant.functionUrl ? 0 : prices.get("http.api.request"))
                        + gbSeconds(LEAST_FUNCTION_MB, assumed.get("quiver.write.ms")) * gbSecond
                        + prices.get("s3.put")
                        + prices.get("s3.get")
                        + prices.get("s3.list"));
        double bytes = folded * rowBytes(w);
        double compaction = gbSeconds(LEAST_FUNCTION_MB, 1000 * cpuSeconds) * gbSecond
                + bytes / assumed.get("quiver.part.bytes") * prices.get("s3.put")
                + bytes / assumed.get("quiver.piece.bytes") * prices.get("s3.get");
        bill.add("writes", upserts + compaction);
    }

    /** What runs and is kept while nobody asks, beside storage. */
    private double fixed(double gbSecond) {
        double compactions = assumed.get("quiver.compact.runs");
        double collections = assumed.get("quiver.collect.runs");
        double ms = assumed.get("quiver.idle.run.ms");
        return (compactions + collections) * (prices.get("lambda.request") + prices.get("scheduler.call"))
                + (gbSeconds(assumed.get("quiver.compact.mb"), compactions * ms)
                                + gbSeconds(assumed.get("quiver.collect.mb"), collections * ms))
                        * gbSecond
                + assumed.get("quiver.queue.requests") * prices.get("sqs.request")
                + assumed.get("quiver.metrics") * prices.get("cloudwatch.metric.month")
                + assumed.get("quiver.dashboards") * prices.get("cloudwatch.dashboard.month");
    }

    /** The first load: from a machine that is there anyway, in parts. */
    public double load(Workload w) {
        return Math.ceil(w.vectors() * rowBytes(w) / assumed.get("quiver.part.bytes")) * prices.get("s3.put");
    }
}
