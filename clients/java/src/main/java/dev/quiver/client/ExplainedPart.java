package dev.quiver.client;

/**
 * What was done in a segment, or in the log.
 *
 * @param segment its name; null for the log
 * @param rows there are; in the log, those that are not replaced
 * @param matching rows that the filter leaves; null where that is not known
 * @param clusters that the segment has; null if it is too small for them
 * @param probes clusters that were read; or null
 * @param candidates rows to score anew after their codes were read; or null
 * @param rowsScored rows whose full vector was read
 * @param resident whether the segment was in memory whole when the search began; null for the log
 */
public record ExplainedPart(
        String segment,
        PlanName plan,
        long rows,
        Integer matching,
        Integer clusters,
        Integer probes,
        Integer candidates,
        long rowsScored,
        Boolean resident) {}
