package dev.quiver.functions.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFileTest {
    private static final String FILES =
            "'files': [{'name': 'model.onnx', 'bytes': 1, 'sha256': '#'}, {'name': 'tokenizer.json', 'bytes': 2, 'sha256': '#'}]";

    private static ModelFile parse(String json) {
        String quoted = json.replace('\'', '"').replace("#", "0".repeat(64));
        return ModelFile.parse("model.json", quoted.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        ModelFile file =
                parse("{'family': 'text-onnx', 'dimension': 8, 'pooling': 'cls', 'window': 99, 'source': 'me', " + FILES
                        + "}");
        assertThat(ModelFile.parse("again", file.write())).isEqualTo(file);
        assertThat(file.normalise()).isTrue();
        assertThat(file.version()).hasSize(12);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            'format': 2                   | has the format 2, this Quiver reads up to 1. Update Quiver.
            'dimension': 0                | 'dimension' is 0
            'dimension': 1.5              | 'dimension' is 1.5
            'pooling': 'sum'              | 'pooling' is 'sum', it must be mean, cls, max or none
            'normalise': 'yes'            | 'normalise' must be true or false
            'window': 2                   | 'window' is 2
            'relevance': 2                | 'relevance' is 2
            'queryPrefix': 1              | 'queryPrefix' must be a string
            'querryPrefix': ''            | 'querryPrefix' is no field of the family text-onnx
            'vectors': 'x'                | 'vectors' is no field of the family text-onnx
            'model': 'other.onnx'         | names the file 'other.onnx', which is not in 'files'
            'family': 'deepwalk'          | embeds no texts; make a collection of its vectors
            'family': 'gpt'               | is none of text-onnx, words, word2vec, fasttext
            'settings': 3                 | 'settings' must be an object
            'folder': '../x'              | 'folder' is not one that a store made
            'files': []                   | 'files' must list
            'files': [{'name': '../x', 'bytes': 1, 'sha256': '#'}] | 'files/0/name' must be
            'files': [{'name': 'x', 'bytes': 0, 'sha256': '#'}]    | 'files/0/bytes' must be
            'files': [{'name': 'x', 'bytes': 1, 'sha256': 'A'}]    | 'files/0/sha256' must be
            """)
    void everyFieldIsChecked(String field, String message) {
        String name = field.substring(0, field.indexOf(':'));
        StringBuilder json = new StringBuilder("{").append(field);
        for (String other : new String[] {"'family': 'text-onnx'", "'dimension': 8", FILES}) {
            if (!other.startsWith(name + ":")) {
                json.append(", ").append(other);
            }
        }
        assertThatExceptionOfType(InvalidModelFileException.class)
                .isThrownBy(() -> parse(json.append('}').toString()))
                .withMessageContaining(message);
    }

    @Test
    void whatIsNoObjectIsRefused() {
        for (String json : new String[] {"", "[]", "{", "{} {}", "{'format': 1, 'format': 1}", "null"}) {
            assertThatExceptionOfType(InvalidModelFileException.class).isThrownBy(() -> parse(json));
        }
    }
}
