package dev.quiver.embeddings.evaluation;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of fields, line by line; an error says where. */
final class Lines {
    private Lines() {}

    /** One line. Blank ones are passed over. */
    interface Reader {
        void read(List<String> fields, Line at);
    }

    /** Where a line is. */
    record Line(Path file, int number) {
        InvalidJudgementsException error(String message) {
            return new InvalidJudgementsException("Line " + number + " of " + file + " " + message);
        }

        int integer(String name, String text) {
            try {
                return Integer.parseInt(text.strip());
            } catch (NumberFormatException e) {
                throw error("has the " + name + " '" + text + "'; let it be a whole number.");
            }
        }

        double decimal(String name, String text) {
            try {
                double value = Double.parseDouble(text.strip());
                if (Double.isFinite(value)) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Said below, together with what is no number either.
            }
            throw error("has the " + name + " '" + text + "'; let it be a number.");
        }
    }

    static void read(Path file, String separator, Reader reader) throws IOException {
        int number = 0;
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (!line.isBlank()) {
                    String text = number == 1 && line.charAt(0) == '\uFEFF' ? line.substring(1) : line;
                    reader.read(List.of(text.strip().split(separator, -1)), new Line(file, number));
                }
            }
        } catch (MalformedInputException e) {
            throw new InvalidJudgementsException(file + " is not UTF-8 after line " + number + ". Save it as UTF-8.");
        }
    }
}
