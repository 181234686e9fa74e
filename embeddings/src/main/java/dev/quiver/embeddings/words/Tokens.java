package dev.quiver.embeddings.words;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Words of a text as fastText separates them: at spaces, tabs, line ends, form feeds and zeros, as bytes. A line's end is told apart. The word is valid until
 * the next one is asked for, and lies in {@link #buffer}; nothing is allocated for it.
 */
public final class Tokens implements Closeable {
    private static final int LONGEST = 65_535;
    private static final int BUFFER = 1 << 20;

    /** What comes next. */
    public enum Kind {
        WORD,
        LINE_END,
        END
    }

    private final InputStream in;
    private final String source;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int limit;
    private long passed;
    private int from;
    private int to;
    private long line = 1;

    /** @param source for messages */
    public Tokens(InputStream in, String source) {
        this.in = in;
        this.source = source;
    }

    public byte[] buffer() {
        return buffer;
    }

    public int from() {
        return from;
    }

    public int to() {
        return to;
    }

    /** The number of the line in which the reader stands, from 1. */
    public long line() {
        return line;
    }

    /** Bytes read so far. */
    public long position() {
        return passed + at;
    }

    public Kind next() throws IOException {
        while (true) {
            if (at == limit && !fill(at)) {
                return Kind.END;
            }
            byte b = buffer[at];
            if (b == '\n') {
                at++;
                line++;
                return Kind.LINE_END;
            }
            if (!separates(b)) {
                break;
            }
            at++;
        }
        int start = at;
        while (true) {
            if (at == limit) {
                int length = at - start;
                boolean more = fill(start);
                start = at - length;
                if (!more) {
                    break;
                }
            }
            if (separates(buffer[at])) {
                break;
            }
            at++;
            if (at - start > LONGEST) {
                throw new IllegalArgumentException("In line " + line + " of " + source + " a word has more than "
                        + LONGEST + " bytes. Is this a text, with spaces between its words?");
            }
        }
        from = start;
        to = at;
        return Kind.WORD;
    }

    /**
     * What stands before a mark in this line, after which the reader stands then; null at the end of the text.
     *
     * @throws IllegalArgumentException if the line has no such mark
     */
    public byte[] until(byte mark) throws IOException {
        int start = at;
        while (true) {
            if (at == limit) {
                int length = at - start;
                if (length == buffer.length || !fill(start)) {
                    if (length == 0) {
                        return null;
                    }
                    throw new IllegalArgumentException(unmarked(mark));
                }
                start = at - length;
            }
            if (buffer[at] == mark) {
                return Arrays.copyOfRange(buffer, start, at++);
            }
            if (buffer[at] == '\n') {
                throw new IllegalArgumentException(unmarked(mark));
            }
            at++;
        }
    }

    private String unmarked(byte mark) {
        return "Line " + line + " of " + source + " has no " + (mark == '\t' ? "tab" : "'" + (char) mark + "'") + ".";
    }

    /** Reads on, and moves what begins at {@code keep} to the front. */
    private boolean fill(int keep) throws IOException {
        int kept = limit - keep;
        System.arraycopy(buffer, keep, buffer, 0, kept);
        passed += keep;
        at -= keep;
        limit = kept;
        int n = in.readNBytes(buffer, limit, buffer.length - limit);
        limit += n;
        return n > 0;
    }

    private static boolean separates(byte b) {
        return b == ' ' || b <= '\r' && b >= '\t' || b == 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
