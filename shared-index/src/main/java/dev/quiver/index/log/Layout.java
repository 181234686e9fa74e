package dev.quiver.index.log;

/**
 * Where the objects of one collection lie.
 *
 * <pre>
 * &lt;collection&gt;/manifest.json                        the current manifest; created if absent, swapped if its etag matches
 * &lt;collection&gt;/manifests/&lt;version, 20 digits&gt;-&lt;ulid&gt;.json   every version, written before the swap and never changed
 * &lt;collection&gt;/log/&lt;sequence, 20 digits&gt;            one committed batch
 * &lt;collection&gt;/segments/&lt;ulid&gt;.seg                  an immutable segment
 * &lt;collection&gt;/segments/&lt;ulid&gt;.del                  which of a segment's rows are live
 * </pre>
 *
 * The ulid in a manifest's name keeps what a compaction left behind when it died between writing a version and swapping it in from blocking
 * that version for everyone after it.
 */
public record Layout(String collection) {
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

    public String logFolder() {
        return folder() + "log/";
    }

    public String log(long sequence) {
        return logFolder() + digits(sequence);
    }

    /** @throws NumberFormatException if the key is not one of {@link #log} */
    public long sequence(String logKey) {
        return Long.parseLong(logKey.substring(logFolder().length()));
    }

    public String segments() {
        return folder() + "segments/";
    }

    public String segment(String ulid) {
        return segments() + ulid + ".seg";
    }

    public String deletions(String ulid) {
        return segments() + ulid + ".del";
    }

    private static String digits(long n) {
        return "%020d".formatted(n);
    }
}
