package dev.quiver.client;

import java.util.List;

/**
 * Which fields can be searched by their words.
 *
 * @param fields empty for none
 */
public record TextSettings(List<TextField> fields) {
    public static TextSettings of(TextField... fields) {
        return new TextSettings(List.of(fields));
    }
}
