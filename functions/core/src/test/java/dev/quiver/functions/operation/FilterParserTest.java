package dev.quiver.functions.operation;

import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.quiver.functions.Json;
import dev.quiver.functions.problem.Problem;
import dev.quiver.index.filter.Filter;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds down what a filter in JSON means, operator by operator, on records as they are stored; and that one which means nothing is refused with a pointer to the place and
 * the words to change it, however deep or large it is.
 */
class FilterParserTest {
    private static final Map<String, Object> RECORD =
            Map.of("year", 2020L, "price", 9.5, "lang", "en", "done", true, "tags", List.of("red", "green", 7L));

    private static Map<String, Object> json(String text) {
        try {
            return Json.strictMapper().readValue(text, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static boolean matches(String filter) {
        return FilterParser.parse(json(filter.replace('\'', '"'))).matches(RECORD);
    }

    private static Problem refused(String filter) {
        Problem p = problemOf(() -> FilterParser.parse(json(filter.replace('\'', '"'))));
        assertThat(p.type()).isEqualTo("urn:quiver:problem:invalid-filter");
        assertThat(p.status()).isEqualTo(400);
        assertThat(p.errors()).hasSize(1);
        return p;
    }

    private static String pointer(Problem p) {
        return p.errors().getFirst().pointer();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'year': 2020}                                   | true
            {'year': 2020.0}                                 | true
            {'year': 2021}                                   | false
            {'year': '2020'}                                 | false
            {'lang': 'en'}                                   | true
            {'lang': 'EN'}                                   | false
            {'done': true}                                   | true
            {'done': false}                                  | false
            {'tags': 'red'}                                  | true
            {'tags': 7}                                      | true
            {'tags': 'blue'}                                 | false
            {'none': 'x'}                                    | false
            {'year': {'$eq': 2020}}                          | true
            {'year': {'$ne': 2020}}                          | false
            {'year': {'$ne': 2021}}                          | true
            {'none': {'$ne': 'x'}}                           | true
            {'tags': {'$ne': 'red'}}                         | false
            {'year': {'$gt': 2019}}                          | true
            {'year': {'$gt': 2020}}                          | false
            {'year': {'$gt': 2019.5}}                        | true
            {'year': {'$gte': 2020}}                         | true
            {'year': {'$gte': 2021}}                         | false
            {'year': {'$lt': 2021}}                          | true
            {'year': {'$lt': 2020}}                          | false
            {'year': {'$lte': 2020}}                         | true
            {'price': {'$lte': 9.4}}                         | false
            {'lang': {'$gt': 'de'}}                          | true
            {'lang': {'$gt': 1}}                             | false
            {'tags': {'$gt': 6}}                             | true
            {'year': {'$in': [1, 2020]}}                     | true
            {'year': {'$in': []}}                            | false
            {'year': {'$nin': [1, 2]}}                       | true
            {'year': {'$nin': [2020]}}                       | false
            {'none': {'$nin': [2020]}}                       | true
            {'tags': {'$in': ['blue', 'green']}}             | true
            {'year': {'$exists': true}}                      | true
            {'year': {'$exists': false}}                     | false
            {'none': {'$exists': false}}                     | true
            {'lang': {'$startsWith': 'e'}}                   | true
            {'lang': {'$startsWith': 'n'}}                   | false
            {'lang': {'$contains': 'n'}}                     | true
            {'tags': {'$contains': 'ree'}}                   | true
            {'year': {'$contains': '20'}}                    | false
            {'year': {'$gte': 2000, '$lt': 2020}}            | false
            {'year': {'$gte': 2000, '$lt': 2030}}            | true
            {'year': 2020, 'lang': 'de'}                     | false
            {'$and': [{'year': 2020}, {'lang': 'en'}]}       | true
            {'$and': [{'year': 2020}, {'lang': 'de'}]}       | false
            {'$or': [{'year': 1}, {'lang': 'en'}]}           | true
            {'$or': [{'year': 1}, {'lang': 'de'}]}           | false
            {'$not': {'year': 1}}                            | true
            {'$not': {'year': 2020, 'lang': 'en'}}           | false
            {'year': {'$not': {'$gt': 2019}}}                | false
            {'none': {'$not': {'$gt': 2019}}}                | true
            {'year': 2020, '$or': [{'lang': 'de'}, {'$not': {'done': false}}]} | true
            {}                                               | true
            {'$and': [{}]}                                   | true
            """)
    void anOperatorMatchesWhatItSays(String filter, boolean expected) {
        assertThat(matches(filter)).isEqualTo(expected);
    }

    @Test
    void numbersBeyondADoublesPrecisionAreToldApart() {
        Filter filter = FilterParser.parse(json("{\"n\": 9007199254740993}"));
        assertThat(filter.matches(Map.of("n", 9007199254740993L))).isTrue();
        assertThat(filter.matches(Map.of("n", 9007199254740992L))).isFalse();
    }

    @Test
    void noFilterMatchesEverything() {
        assertThat(FilterParser.parse(null).matches(Map.of())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'year': {'$gtee': 1}}                      | /filter/year/$gtee            | $gtee
            {'$xor': []}                                | /filter/$xor                  | $xor
            {'year': {'gt': 1}}                         | /filter/year/gt               | 'gt'
            {'a': {'b': {'$eq': 1}}}                    | /filter/a/b                   | operators are
            {'$or': [{'a': 1}, {'b': {'$like': 'x'}}]}  | /filter/$or/1/b/$like         | $like
            {'$and': {'a': 1}}                          | /filter/$and                  | array
            {'$or': []}                                 | /filter/$or                   | at least one
            {'$or': [1]}                                | /filter/$or/0                 | object
            {'$not': [{'a': 1}]}                        | /filter/$not                  | object
            {'a': {'$not': 1}}                          | /filter/a/$not                | object
            {'a': {'$not': {}}}                         | /filter/a/$not                | operator
            {'a': null}                                 | /filter/a                     | $exists
            {'a': {'$eq': null}}                        | /filter/a/$eq                 | $exists
            {'a': {}}                                   | /filter/a                     | operator
            {'a': [1, 2]}                               | /filter/a                     | string, a 64-bit number
            {'a': {'$eq': {'b': 1}}}                    | /filter/a/$eq                 | string, a 64-bit number
            {'a': {'$in': 1}}                           | /filter/a/$in                 | array
            {'a': {'$in': [1, null]}}                   | /filter/a/$in/1               | null
            {'a': {'$in': [[1]]}}                       | /filter/a/$in/0               | string, a 64-bit number
            {'a': {'$gt': true}}                        | /filter/a/$gt                 | no order
            {'a': {'$exists': 1}}                       | /filter/a/$exists             | true or false
            {'a': {'$startsWith': 1}}                   | /filter/a/$startsWith         | takes a string
            {'a': {'$contains': ['x']}}                 | /filter/a/$contains           | takes a string
            {'a': 1e999}                                | /filter/a                     | 64-bit number
            {'a': 123456789012345678901234567890}       | /filter/a                     | 64-bit number
            {'a/b~c': {'$zzz': 1}}                      | /filter/a~1b~0c/$zzz          | $zzz
            """)
    void whatMeansNothingIsRefusedAtItsPlace(String filter, String pointer, String words) {
        Problem p = refused(filter);
        assertThat(pointer(p)).isEqualTo(pointer);
        assertThat(p.detail()).contains(words);
    }

    @Test
    void anUnknownOperatorIsAnsweredWithTheKnownOnes() {
        assertThat(refused("{'a': {'$like': 1}}").detail())
                .contains("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists")
                .contains("$startsWith", "$contains", "$and", "$or", "$not");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$and", "$or"})
    void nestingHasALimit(String operator) {
        String open = "{'" + operator + "': [";
        assertThat(matches(open.repeat(31) + "{'year': 2020}" + "]}".repeat(31)))
                .isTrue();
        Problem p = refused(open.repeat(32) + "{'year': 2020}" + "]}".repeat(32));
        assertThat(p.detail()).contains("32");
        assertThat(pointer(p)).isEqualTo("/filter" + ("/" + operator + "/0").repeat(32));
    }

    @Test
    void nestedNotsHaveTheSameLimit() {
        assertThat(matches("{'$not': ".repeat(30) + "{'year': 2020}" + "}".repeat(30)))
                .isTrue();
        assertThat(refused("{'$not': ".repeat(32) + "{'year': 2020}" + "}".repeat(32))
                        .detail())
                .contains("32");
        assertThat(matches("{'year': " + "{'$not': ".repeat(30) + "{'$eq': 2020}" + "}".repeat(30) + "}"))
                .isTrue();
        assertThat(refused("{'year': " + "{'$not': ".repeat(32) + "{'$eq': 2020}" + "}".repeat(32) + "}")
                        .detail())
                .contains("32");
    }

    @Test
    void theNumberOfConditionsHasALimit() {
        assertThat(matches(
                        "{'$or': [" + String.join(",", Collections.nCopies(999, "{'year': 1}")) + ",{'year': 2020}]}"))
                .isTrue();
        Problem p = refused("{'$or': [" + String.join(",", Collections.nCopies(1001, "{'year': 1}")) + "]}");
        assertThat(p.detail()).contains("1000", "$in");
        assertThat(pointer(p)).isEqualTo("/filter/$or/1000/year");
    }

    @Test
    void filtersWithoutConditionsHaveTheSameLimit() {
        assertThat(refused("{'$or': [" + String.join(",", Collections.nCopies(1001, "{}")) + "]}")
                        .detail())
                .contains("1000");
        assertThat(refused("{'$and': [" + String.join(",", Collections.nCopies(1001, "{'$and': [{}]}")) + "]}")
                        .detail())
                .contains("1000");
    }

    @Test
    void theNumberOfValuesHasALimit() {
        String values = IntStream.range(0, 10_000).mapToObj(Integer::toString).collect(Collectors.joining(","));
        assertThat(matches("{'year': {'$in': [" + values + "]}}")).isTrue();
        Problem p = refused("{'year': {'$in': [" + values + ", 10000]}}");
        assertThat(p.detail()).contains("10001", "10000");
        assertThat(pointer(p)).isEqualTo("/filter/year/$in");
    }
}
