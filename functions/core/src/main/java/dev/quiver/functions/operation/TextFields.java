package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.TextFieldSettings;
import dev.quiver.functions.operation.Messages.TextSettings;
import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextAnalyzer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The fields whose words can be searched for, as requests and answers say them. */
final class TextFields {
    private static final String DEFAULT_ANALYZER = "standard";

    private TextFields() {}

    /** @param settings null for the usual ones */
    static List<TextField> of(TextSettings settings, String pointer) {
        if (settings == null) {
            return TextField.DEFAULT;
        }
        String at = pointer + "/fields";
        if (settings.fields() == null) {
            throw ProblemException.at(Kind.INVALID_REQUEST, at, "Give a list of fields; [] for none.");
        }
        if (settings.fields().size() > TextField.MOST_FIELDS) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    at,
                    "There are " + settings.fields().size() + " fields, at most " + TextField.MOST_FIELDS
                            + " are possible.");
        }
        List<TextField> fields = new ArrayList<>();
        List<FieldError> errors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < settings.fields().size(); i++) {
            TextFieldSettings f = settings.fields().get(i);
            if (f == null) {
                errors.add(new FieldError(at + "/" + i, "This must not be null."));
                continue;
            }
            String analyzer = f.analyzer() == null ? DEFAULT_ANALYZER : f.analyzer();
            try {
                TextAnalyzer.of(analyzer);
            } catch (IllegalArgumentException e) {
                errors.add(new FieldError(at + "/" + i + "/analyzer", e.getMessage()));
                continue;
            }
            try {
                fields.add(new TextField(f.name(), analyzer, f.weight() == null ? 1 : f.weight()));
            } catch (IllegalArgumentException e) {
                errors.add(new FieldError(at + "/" + i, e.getMessage()));
            }
            if (!names.add(f.name())) {
                errors.add(new FieldError(at + "/" + i + "/name", "The field '" + f.name() + "' is there twice."));
            }
        }
        if (!errors.isEmpty()) {
            throw ProblemException.at(Kind.INVALID_REQUEST, errors);
        }
        return List.copyOf(fields);
    }

    static TextSettings settings(List<TextField> fields) {
        return new TextSettings(fields.stream()
                .map(f -> new TextFieldSettings(f.name(), f.analyzer(), f.weight()))
                .toList());
    }

    static String describe(List<TextField> fields) {
        return fields.isEmpty()
                ? "none"
                : String.join(
                        ", ",
                        fields.stream()
                                .map(f -> f.name() + " (" + f.analyzer() + ", weight " + f.weight() + ")")
                                .toList());
    }
}
