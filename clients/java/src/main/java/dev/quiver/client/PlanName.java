package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How rows were looked at. */
public enum PlanName {
    /** All rows that match were looked at, and those scored that their codes did not rule out. */
    EXACT,
    /** The rows of the nearest clusters were estimated by their codes, the best of them scored. */
    CLUSTERS,
    /** The columns cannot answer the filter: it was asked of each row that would enter, by its document. */
    DOCUMENTS,
    /** Rows that are not in a segment yet, all scored. */
    LOG,
    /** The words were looked up in the segment. */
    POSTINGS,
    /** The segment was written without these text fields: its texts were analyzed for this search. */
    ANALYZED;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
