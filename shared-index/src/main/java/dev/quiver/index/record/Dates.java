package dev.quiver.index.record;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;

/**
 * Moments as attributes have them: strings of ISO 8601. A day is its beginning, and what has no offset is meant in UTC.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3339">RFC 3339, the profile of ISO 8601</a>
 */
public final class Dates {
    /** Earlier and later ones have years of another width. */
    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static final DateTimeFormatter CANONICAL = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Dates() {}

    /** In UTC and to the millisecond, {@code 2026-11-23T10:15:30.500Z}, so that the order of the strings is that of time; empty if it is none. */
    public static Optional<String> canonical(String text) {
        return parse(text).map(CANONICAL::format);
    }

    /** Empty if it is none: {@code 2026-11-23}, {@code 2026-11-23T10:15:30} and {@code 2026-11-23T10:15:30.5+01:00} are. */
    public static Optional<Instant> parse(String text) {
        try {
            TemporalAccessor date = text.indexOf('T') < 0
                    ? LocalDate.parse(text)
                    : DateTimeFormatter.ISO_DATE_TIME.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
            Instant instant =
                    switch (date) {
                        case LocalDate day -> day.atStartOfDay(ZoneOffset.UTC).toInstant();
                        case LocalDateTime local -> local.toInstant(ZoneOffset.UTC);
                        default -> Instant.from(date);
                    };
            return instant.isBefore(FIRST) || instant.isAfter(LAST) ? Optional.empty() : Optional.of(instant);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
