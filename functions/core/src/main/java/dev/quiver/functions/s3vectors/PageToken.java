package dev.quiver.functions.s3vectors;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Where the next page begins, and of what: a token goes on with the listing that it comes from and with no other. */
final class PageToken {
    private PageToken() {}

    /**
     * @param of names the listing
     * @param last of the page before
     */
    static String write(String of, String last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((of + "\n" + last).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param token null to begin
     * @return what the page before ended with; empty to begin
     * @throws S3VectorsException if it is of something else
     */
    static String read(String token, String of) {
        if (token == null) {
            return "";
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            if (text.startsWith(of + "\n")) {
                return text.substring(of.length() + 1);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw S3VectorsException.invalid(
                "/nextToken", "Invalid nextToken: it does not belong to this request. Start again without one");
    }
}
