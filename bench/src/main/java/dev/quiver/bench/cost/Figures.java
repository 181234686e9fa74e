package dev.quiver.bench.cost;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;

/** Numbers by name, from a file that says of each where it comes from. */
public final class Figures {
    private final String file;
    private final Properties numbers = new Properties();

    private Figures(String file) {
        this.file = file;
    }

    private static Figures read(String file) {
        Figures figures = new Figures(file);
        try (InputStream in = Figures.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("There is no resource " + file + ".");
            }
            figures.numbers.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return figures;
    }

    /** Others than those of the files. */
    static Figures of(Map<String, Double> numbers) {
        Figures figures = new Figures("the test");
        numbers.forEach((name, number) -> figures.numbers.setProperty(name, number.toString()));
        return figures;
    }

    /** From docs/benchmarks.md. */
    public static Figures measured() {
        return read("measured.properties");
    }

    public static Figures assumed() {
        return read("assumed.properties");
    }

    /** US dollars. */
    public static Figures prices() {
        return read("prices.properties");
    }

    public double get(String name) {
        String number = numbers.getProperty(name);
        if (number == null) {
            throw new IllegalArgumentException("There is no figure '" + name + "' in " + file + ".");
        }
        return Double.parseDouble(number.strip());
    }
}
