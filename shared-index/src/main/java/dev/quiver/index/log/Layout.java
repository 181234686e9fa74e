package dev.quiver.index.log;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where the objects of one collection lie.
 *
 * <pre>
 * &lt;collection&gt;/manifest.json                        the current manifest; created if absent, swapped if its etag matches
 * &lt;collection&gt;/manifests/&lt;version, 20 digits&gt;-&lt;ulid&gt;.json   every version, written before the swap and never changed
 * &lt;collection&gt;/log/&lt;uid&gt;/&lt;sequence, 20 digits&gt;      one committed batch
 * &lt;collection&gt;/segments/&lt;ulid&gt;.seg                  an immutable segment
 * &lt;collection&gt;/segments/&lt;ulid&gt;.del                  which of a segment's rows are live
 * &lt;collection&gt;/segments/&lt;ulid&gt;.keys                 the idempotency keys of folded commits
 * &lt;collection&gt;/forks/&lt;uid of the fork&gt;.json         which of its segments a fork needs; while it is there, they stay
 * </pre>
 *
 * The ulid in a manifest's name keeps what a compaction left behind when it died between writing a version and swapping it in from blocking
 * that version for everyone after it. The uid (the manifest's) in a log entry's name keeps collections of one name apart that were created one after the
 * other: a writer, a collector or a deletion that was held up meanwhile cannot touch the log of the later one.
 */
public record Layout(String collection) {
    /** Lower case only, so that names which differ by case cannot meet in one folder of a case-insensitive file system. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    private static final Pattern SEQUENCE = Pattern.compile("0[0-9]{19}");

    /** Whether a collection may have this name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    public String folder() {
        return collection + "/";
    }

    public String manifest() {
        return folder() + "manifest.json";
    }

    public String manifests() {
        return folder() + "manifests/";
    }

    public String manifestVersion(long version, String ulid) {
        return manifests() + digits(version) + "-" + ulid + ".json";
    }

    /** Holds the logs of this collection and of earlier ones of its name. */
    public String logs() {
        return folder() + "log/";
    }

    public String logFolder(String uid) {
        return logs() + uid + "/";
    }

    public String log(String uid, long sequence) {
        return logFolder(uid) + digits(sequence);
    }

    /** The sequence in a key of {@link #log}, or -1 for anything else that may lie in the folder. */
    public long sequence(String uid, String logKey) {
        String digits = logKey.substring(logFolder(uid).length());
        return SEQUENCE.matcher(digits).matches() ? Long.parseLong(digits) : -1;
    }

    public String segments() {
        return folder() + "segments/";
    }

    public String segment(String ulid) {
        return segments() + ulid + ".seg";
    }

    /** Where a segment lies, which may be in another collection's folder. */
    public String segment(Manifest.SegmentEntry entry) {
        return (entry.owner() == null ? this : new Layout(entry.owner())).segment(entry.name());
    }

    public String forks() {
        return folder() + "forks/";
    }

    public String fork(String uid) {
        return forks() + uid + ".json";
    }

    public String keys(String ulid) {
        return segments() + ulid + ".keys";
    }

    public String deletions(String ulid) {
        return segments() + ulid + ".del";
    }

    private static String digits(long n) {
        // In the root locale: others have digits of their own.
        return String.format(Locale.ROOT, "%020d", n);
    }
}
