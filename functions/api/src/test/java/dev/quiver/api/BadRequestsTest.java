package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds down that whatever is wrong with a request, the answer is a problem document with a stable type, the place of the mistake as a JSON pointer, and words that say
 * what to change; and that nothing was done. Never a 500, never a default in place of what was meant.
 */
@QuarkusTest
class BadRequestsTest {
    private static final List<String> OPERATIONS = List.of(
            "embed",
            "upsert",
            "query",
            "rag",
            "recall",
            "fetch",
            "update",
            "delete",
            "list",
            "collections/create",
            "collections/describe",
            "collections/list",
            "collections/delete");

    @TestHTTPResource("/")
    URI server;

    /** "own" holds vectors of two, "texts" has the default model; both hold one record. */
    @BeforeEach
    void collections() {
        post(
                "upsert",
                "{'collection': 'own', 'create': {'dimension': 2}, 'records': [{'id': 'a', 'vector': [1, 0], 'text': 'a text'}]}");
        post(
                "upsert",
                "{'collection': 'texts', 'create': {}, 'records': [{'id': 'a', 'text': 'The blue whale is large.'}]}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            [1]            | dimension-mismatch | has 1 components, the collection holds vectors of 2
            [1, 2, 3]      | dimension-mismatch | has 3 components, the collection holds vectors of 2
            []             | dimension-mismatch | has 0 components
            [0, 0]         | invalid-vector     | zero
            [-0.0, 0]      | invalid-vector     | zero
            [1, 1e999]     | invalid-vector     | Component 1 of the vector is Infinity
            [-1e999, 1]    | invalid-vector     | Component 0 of the vector is -Infinity
            [1, 1e39]      | invalid-vector     | finite
            [1e20, 1e20]   | invalid-vector     | Scale the vectors down
            [1, '1']       | invalid-request    | Expected a number
            [1, null]      | invalid-request    | Expected a number
            [1, [1]]       | invalid-request    | Expected a number
            'AACAPwAAAEA=' | invalid-request    | Expected an array of numbers
            {}             | invalid-request    | Expected an array of numbers
            """)
    void aVectorThatCannotBeUsedIsRefused(String vector, String type, String words) {
        String at = type.equals("invalid-request") && vector.startsWith("[") ? "/vector/1" : "/vector";
        problem(send("query", "{'collection': 'own', 'vector': " + vector + "}"), 400, type, at, words);
        problem(
                send(
                        "upsert",
                        "{'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2]}, {'id': 'y', 'vector': "
                                + vector + "}]}"),
                400,
                type,
                "/records/1" + at,
                words);
        assertThat(post("fetch", "{'collection': 'own', 'ids': ['x']}").path("missing"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "+1", ".5", "01", "1."})
    void aNumberThatIsNoJsonIsRefusedWithItsPlace(String number) {
        JsonNode problem =
                problem(send("query", "{'collection': 'own', 'vector': [1, " + number + "]}"), 400, "malformed-json");
        assertThat(problem.path("detail").asText())
                .containsPattern("line 1, column \\d+")
                .doesNotContain("JsonReadFeature");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            upsert | {'collection': 'own', 'records': [{'vector': [1, 2]}]}                               | /records/0/id          | needs an id
            upsert | {'collection': 'own', 'records': [{'id': null, 'vector': [1, 2]}]}                   | /records/0/id          | needs an id
            upsert | {'collection': 'own', 'records': [{'id': '', 'vector': [1, 2]}]}                     | /records/0/id          | empty
            upsert | {'collection': 'own', 'records': [{'id': '\\ud800', 'vector': [1, 2]}]}              | /records/0/id          | surrogate
            upsert | {'collection': 'own', 'records': [{'id': 7, 'vector': [1, 2]}]}                      | /records/0/id          | a string
            upsert | {'collection': 'own', 'records': [{'id': 'x'}]}                                      | /records/0             | neither a vector nor a text
            upsert | {'collection': 'texts', 'records': [{'id': 'x', 'text': ' '}]}                       | /records/0             | neither a vector nor a text
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'text': 'words'}]}                     | /records/0             | no embedding model
            upsert | {'collection': 'own', 'records': [null]}                                             | /records/0             | null
            upsert | {'collection': 'own', 'records': []}                                                 | /records               | at least one
            upsert | {'collection': 'own'}                                                                | /records               | at least one
            upsert | {'collection': 'own', 'records': {}}                                                 | /records               | Expected an array
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': null}}]}       | /records/0/attributes | null
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': {'b': 1}}}]}   | /records/0/attributes | an object
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': [[1]]}}]}      | /records/0/attributes | list within a list
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': [null]}}]}     | /records/0/attributes | null
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': 1e999}}]}      | /records/0/attributes | Infinity
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': 12345678901234567890}}]} | /records/0/attributes | 64 bits
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'': 1}}]}           | /records/0/attributes | empty name
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'$a': 1}}]}         | /records/0/attributes | '$'
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': []}]}                | /records/0/attributes | Expected an object
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'text': '\\ud800'}]}               | /records/0/text       | surrogate
            upsert | {'records': [{'id': 'x', 'vector': [1, 2]}]}                                         | /collection            | required
            upsert | {'collection': 'Own', 'records': [{'id': 'x', 'vector': [1, 2]}]}                    | /collection            | lower-case
            upsert | {'collection': '../own', 'records': [{'id': 'x', 'vector': [1, 2]}]}                 | /collection            | lower-case
            fetch  | {'collection': 'own', 'ids': []}                                                     | /ids                   | at least one
            fetch  | {'collection': 'own', 'ids': [null]}                                                 | /ids/0                 | null
            fetch  | {'collection': 'own', 'ids': ['a', '']}                                              | /ids/1                 | empty
            fetch  | {'collection': 'own', 'ids': 'a'}                                                    | /ids                   | Expected an array
            fetch  | {'collection': 'own', 'ids': ['a'], 'include': ['all']}                              | /include/0             | attributes, text, vector
            fetch  | {'collection': 'own', 'ids': ['a'], 'include': [null]}                               | /include/0             | null
            fetch  | {'collection': 'own', 'ids': ['a'], 'consistency': 'maybe'}                          | /consistency           | strong, eventual
            update | {'collection': 'own', 'ids': ['a']}                                                  |                        | Give 'set'
            update | {'collection': 'own', 'ids': ['a'], 'set': {}}                                       | /set                   | nothing to change
            update | {'collection': 'own', 'ids': ['a'], 'set': {'a': 1}, 'attributes': {'a': 1}}         |                        | Give 'set'
            update | {'collection': 'own', 'ids': ['a'], 'set': {'a': 1}, 'unset': ['a']}                 | /set                   | to be set and to be unset
            update | {'collection': 'own', 'ids': ['a'], 'set': {'a': {'b': 1}}}                          | /set                   | an object
            update | {'collection': 'own', 'ids': ['a'], 'set': {'$a': 1}}                                | /set                   | '$'
            update | {'collection': 'own', 'ids': ['a'], 'attributes': {'a': null}}                       | /attributes            | null
            update | {'collection': 'own', 'ids': ['a'], 'unset': [null]}                                 | /unset/0               | null
            update | {'collection': 'own', 'set': {'a': 1}}                                               | /ids                   | at least one
            update | {'collection': 'own', 'ids': [''], 'set': {'a': 1}}                                  | /ids/0                 | empty
            update | {'collection': 'own', 'ids': ['a'], 'filter': {}, 'set': {'a': 1}}                   | /ids                   | not both
            update | {'collection': 'own', 'filter': {}, 'ifVersions': {'a': 1}, 'set': {'a': 1}}         | /ifVersions            | go with 'ids'
            update | {'collection': 'own', 'ids': ['a'], 'ifVersions': {'b': 1}, 'set': {'a': 1}}         | /ifVersions            | not among the ids
            update | {'collection': 'own', 'ids': ['a'], 'ifVersions': {'a': 0}, 'set': {'a': 1}}         | /ifVersions            | count from 1
            update | {'collection': 'own', 'ids': ['a'], 'set': {'a': 1}, 'idempotencyKey': ''}           | /idempotencyKey        | 1 to 255
            delete | {'collection': 'own', 'ids': []}                                                     | /ids                   | at least one
            delete | {'collection': 'own', 'ids': ['']}                                                   | /ids/0                 | empty
            delete | {'collection': 'own'}                                                                | /ids                   | at least one
            delete | {'collection': 'own', 'ids': ['a'], 'filter': {}}                                    | /ids                   | not both
            delete | {'collection': 'own', 'filter': {}, 'ifVersions': {'a': 1}}                          | /ifVersions            | go with 'ids'
            list   | {'collection': 'own', 'limit': 0}                                                    | /limit                 | 1 to 1000
            list   | {'collection': 'own', 'limit': 1001}                                                 | /limit                 | 1 to 1000
            list   | {'collection': 'own', 'limit': '10'}                                                 | /limit                 | an integer
            list   | {'collection': 'own', 'nextToken': 'nonsense'}                                       | /nextToken             | Start again without one
            list   | {'collection': 'own', 'nextToken': '***'}                                            | /nextToken             | Start again without one
            query  | {'collection': 'own'}                                                                | ~~                     | exactly one of 'vector', 'text', 'id' and 'positive'
            query  | {'collection': 'own', 'positive': []}                                                  | /positive              | at least one
            query  | {'collection': 'own', 'positive': [{'id': 'a', 'weight': 0}]}                          | /positive/0/weight     | above 0
            query  | {'collection': 'own', 'vector': [1, 2], 'groupBy': {'field': 'a', 'size': 0}}          | /groupBy/size          | 1 to 100
            query  | {'collection': 'own', 'vector': [1, 2], 'diversity': -0.1}                             | /diversity             | between 0 and 1
            count  | {'collection': 'own', 'facetLimit': 0}                                                 | /facetLimit            | 1 to 1000
            count  | {'collection': 'own', 'facets': [null]}                                                | /facets/0              | null
            outliers | {'collection': 'own', 'ids': ['a'], 'vectors': [[1, 2]]}                             | ~~                     | not both
            outliers | {'collection': 'own', 'quantile': 0.3}                                               | /quantile              | between 0.5 and 0.9999
            outliers | {'collection': 'own', 'ids': ['a'], 'limit': 5}                                      | ~~                     | going through
            duplicates | {'collection': 'own', 'limit': 0}                                                  | /limit                 | 1 to 1000
            query  | {'collection': 'own', 'vector': [1, 0], 'id': 'a'}                                   | ~~                     | there are 2
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': 0}                                   | /topK                  | 1 to 1000
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': 1001}                                | /topK                  | 1 to 1000
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': -5}                                  | /topK                  | 1 to 1000
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': '3'}                                 | /topK                  | an integer
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': []}                                 | /boost                 | at least one
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [null]}                             | /boost/0               | null
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{}]}                               | /boost/0               | exactly one
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'filter': {}, 'decay': 'exp'}]}   | /boost/0               | go with 'field'
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'field': 'a', 'decay': 'log', 'scale': 1}]}                  | /boost/0/decay    | exp, gauss, linear
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'field': 'a', 'decay': 'exp', 'origin': 1, 'scale': true}]}   | /boost/0/scale    | a number, or
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'field': 'a', 'decay': 'exp', 'scale': 1}]}                  | /boost/0/origin   | needs an origin
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'field': 'a', 'decay': 'exp', 'scale': 'P1D', 'origin': 'x'}]} | /boost/0/origin | not a date
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'field': 'a', 'decay': 'exp', 'scale': 'P1D', 'midpoint': 1}]} | /boost/0/midpoint | between 0 and 1
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'filter': {}, 'weight': 1e999}]}  | /boost/0/weight        | finite
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'filter': {}}], 'diversity': 0.5} | /diversity             | not both
            query  | {'collection': 'own', 'vector': [1, 0], 'boost': [{'filter': {}}], 'boostDepth': 0}  | /boostDepth            | 1 to 10000
            query  | {'collection': 'own', 'vector': [1, 0], 'boostDepth': 10}                            | /boostDepth            | goes with 'boost'
            query  | {'collection': 'own', 'vector': [1, 0], 'rerank': {}}                                | /rerank/query          | Give the words
            query  | {'collection': 'own', 'vector': [1, 0], 'rerank': {'query': ' '}}                    | /rerank/query          | blank
            query  | {'collection': 'own', 'vector': [1, 0], 'rerank': {'query': 'x', 'depth': 201}}      | /rerank/depth          | 1 to 200
            query  | {'collection': 'own', 'vector': [1, 0], 'rerank': {'query': 'x', 'field': ''}}       | /rerank/field          | blank
            query  | {'collection': 'own', 'vector': [1, 0], 'rerank': {'query': 'x'}, 'diversity': 1}    | /diversity             | not both
            rag    | {'collection': 'texts', 'question': 'Why?', 'rerank': {'depth': 0}}                  | /rerank/depth          | 1 to 200
            query  | {'collection': 'own', 'vector': [1, 0], 'explain': 'yes'}                            | /explain               | true or false
            query  | {'collection': 'own', 'vector': [1, 0], 'nextToken': 7}                              | /nextToken             | a string
            query  | {'collection': 'own', 'vector': [1, 0], 'nextToken': 'x'}                            | /nextToken             | not a token of a query
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': ''}                                  | /topK                  | an integer
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': 1.5}                                 | /topK                  | an integer
            query  | {'collection': 'own', 'vector': [1, 0], 'topK': 3000000000}                          | /topK                  | out of range
            query  | {'collection': 'own', 'vector': [1, 0], 'minScore': 1e999}                           | /minScore              | finite
            query  | {'collection': 'own', 'vector': [1, 0], 'minScore': 'NaN'}                           | /minScore              | number
            query  | {'collection': 'own', 'vector': [1, 0], 'include': [null]}                           | /include/0             | null
            query  | {'collection': 'own', 'vector': [1, 0], 'filter': 'n'}                               | /filter                | Expected an object
            query  | {'collection': 'own', 'text': ''}                                                    | /text                  | blank
            query  | {'collection': 'own', 'id': ''}                                                      | /id                    | empty
            query  | {'collection': 'own', 'text': 5}                                                     | /text                  | a string
            rag    | {'collection': 'texts', 'question': ' '}                                             | /question              | blank
            query  | {'collection': 'own', 'text': 'a', 'mode': 'TEXT'}                                   | /mode                  | vector, text, hybrid
            query  | {'collection': 'own', 'text': 'a', 'mode': 'text', 'matching': 'some'}               | /matching              | any, all
            query  | {'collection': 'own', 'text': 'a', 'mode': 'text', 'fields': {'text': 'much'}}       | /fields/text           | number
            query  | {'collection': 'own', 'text': 'a', 'mode': 'hybrid', 'fusion': {'depth': 0}}         | /fusion/depth          | 1 to 1000
            rag    | {'collection': 'texts', 'question': 'Why?', 'mode': 'all'}                           | /mode                  | vector, text, hybrid
            rag    | {'collection': 'texts', 'question': 'Why?', 'topK': 51}                              | /topK                  | 1 to 50
            rag    | {'collection': 'texts', 'question': 'Why?', 'model': 'gpt-4'}                        | /model                 | No language model is configured
            rag    | {'collection': 'texts', 'question': 'Why?', 'stream': 'true'}                        | /stream                | true or false
            rag    | {'collection': 'texts', 'question': 'Why?', 'stream': 1}                             | /stream                | true or false
            embed  | {'inputs': []}                                                                       | /inputs                | at least one
            embed  | {}                                                                                   | /inputs                | at least one
            embed  | {'inputs': [{'text': 'a'}, {'text': ' '}]}                                           | /inputs/1/text         | blank
            embed  | {'inputs': [{}]}                                                                     | /inputs/0/text         | required
            embed  | {'inputs': ['a']}                                                                    | /inputs/0              | Expected an object
            embed  | {'inputs': [{'text': 'a'}], 'purpose': 'search'}                                     | /purpose               | query, document
            embed  | {'inputs': [{'text': 'a'}], 'purpose': 0}                                            | /purpose               | query, document
            query  | {'collection': 'own', 'vector': [1, 0], 'accuracy': 0.4}                             | /accuracy              | between 0.5 and 1
            query  | {'collection': 'own', 'vector': [1, 0], 'accuracy': '1'}                             | /accuracy              | a number
            query  | {'collection': 'own', 'vector': [1, 0], 'probes': 0}                                 | /probes                | 1 to 1000000
            query  | {'collection': 'own', 'vector': [1, 0], 'rescore': 1000001}                          | /rescore               | 1 to 1000000
            recall | {}                                                                                   | /collection            | required
            recall | {'collection': 'own', 'sample': 0}                                                   | /sample                | 1 to 1000
            recall | {'collection': 'own', 'topK': 101}                                                   | /topK                  | 1 to 100
            recall | {'collection': 'own', 'accuracy': 2}                                                 | /accuracy              | between 0.5 and 1
            collections/create   | {}                                                                     | /name                  | required
            collections/create   | {'name': 'A b'}                                                        | /name                  | lower-case
            collections/create   | {'name': 'new', 'dimension': 0}                                        | /dimension             | 1 to 4096
            collections/create   | {'name': 'new', 'dimension': 4097}                                     | /dimension             | 1 to 4096
            collections/create   | {'name': 'new', 'dimension': '3'}                                      | /dimension             | an integer
            collections/create   | {'name': 'new', 'metric': 'manhattan'}                                 | /metric                | cosine, dot, euclidean
            collections/create   | {'name': 'new', 'dimension': 2, 'fields': {'a': {}}}                   | /fields/a/type         | Give the field's type
            collections/create   | {'name': 'new', 'dimension': 2, 'fields': {'a': {'type': 'text'}}}     | /fields/a/type         | string, number, boolean, date
            collections/create   | {'name': 'new', 'dimension': 2, 'fields': {'$a': {'type': 'date'}}}    | /fields                | '$'
            collections/create   | {'name': 'new', 'dimension': 2, 'strict': 'yes'}                       | /strict                | true or false
            collections/create   | {'name': 'new', 'metric': ''}                                          | /metric                | cosine, dot, euclidean
            collections/create   | {'name': 'new', 'dimension': 2, 'text': {}}                            | /text/fields           | [] for none
            collections/create   | {'name': 'new', 'dimension': 2, 'text': {'fields': [null]}}            | /text/fields/0         | null
            collections/create   | {'name': 'new', 'dimension': 2, 'text': {'fields': [{}]}}              | /text/fields/0         | 1 to 256
            collections/create   | {'name': 'new', 'dimension': 2, 'text': {'fields': [{'name': 'a', 'weight': 0}]}} | /text/fields/0 | 0.001 to 1000
            collections/create   | {'name': 'new', 'dimension': 2, 'text': {'fields': [{'name': 'a'}, {'name': 'a'}]}} | /text/fields/1/name | twice
            collections/describe | {}                                                                     | /name                  | required
            collections/delete   | {'name': ''}                                                           | /name                  | required
            """)
    void aFieldThatIsWrongIsNamed(String operation, String json, String pointer, String words) {
        problem(send(operation, json), 400, "invalid-request", pointer == null ? "" : pointer, words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            query  | {'collection': 'own', 'vector': [1, 0], 'filtre': {}}                      | /filtre              | collection, consistency, diversity, explain, fields, filter, fusion, groupBy, id, include
            query  | {'collection': 'own', 'vector': [1, 0], 'Filter': {}}                      | /Filter              | filter
            upsert | {'collection': 'own', 'records': [{'id': 'x', 'vektor': [1, 2]}]}          | /records/0/vektor    | attributes, id, ifAbsent, ifVersion, text, vector
            upsert | {'collection': 'own', 'create': {'dim': 2}, 'records': [{'id': 'x', 'vector': [1, 2]}]} | /create/dim | dimension, fields, metric, model, strict, text
            embed  | {'inputs': [{'text': 'a', 'image': ''}]}                                   | /inputs/0/image      | text
            rag    | {'collection': 'texts', 'question': 'a', 'top_k': 1}                       | /top_k               | topK
            rag    | {'collection': 'texts', 'question': 'a', 'stream': true, 'x/y~z': 1}       | /x~1y~0z             | stream
            collections/list | {'name': 'own'}                                                  | /name                | no fields
            """)
    void aFieldThatDoesNotExistIsRefusedAtEveryDepth(String operation, String json, String pointer, String words) {
        problem(send(operation, json), 400, "unknown-field", pointer, words);
    }

    @Test
    void aFilterThatMeansNothingIsRefused() {
        problem(
                send("query", "{'collection': 'own', 'vector': [1, 0], 'filter': {'n': {'$gtt': 1}}}"),
                400,
                "invalid-filter",
                "/filter/n/$gtt",
                "$gtt",
                "$gte");
        problem(
                send("rag", "{'collection': 'texts', 'question': 'Why?', 'filter': {'$or': {}}}"),
                400,
                "invalid-filter",
                "/filter/$or",
                "array");
        problem(
                send("query", "{'collection': 'own', 'vector': [1, 0], 'boost': [{'filter': {'n': {'$gtt': 1}}}]}"),
                400,
                "invalid-filter",
                "/boost/0/filter/n/$gtt",
                "$gtt");
    }

    @Test
    void severalMistakesAreToldTogether() {
        JsonNode problem = problem(
                send("query", "{'vector': [1, 0], 'id': 'a', 'topK': 0, 'minScore': 1e999}"), 400, "invalid-request");
        assertThat(problem.path("errors").findValuesAsText("pointer"))
                .containsExactly("/collection", "", "/topK", "/minScore");
        assertThat(problem.path("detail").asText()).contains("3 more");
    }

    // ---- what is not there

    @Test
    void aCollectionThatIsNotThereIsA404() {
        for (String request : List.of(
                "upsert {'collection': 'nowhere', 'records': [{'id': 'x', 'vector': [1, 2]}]}",
                "query {'collection': 'nowhere', 'vector': [1, 0]}",
                "rag {'collection': 'nowhere', 'question': 'Why?'}",
                "recall {'collection': 'nowhere'}",
                "fetch {'collection': 'nowhere', 'ids': ['a']}",
                "delete {'collection': 'nowhere', 'ids': ['a']}",
                "list {'collection': 'nowhere'}",
                "collections/describe {'name': 'nowhere'}",
                "collections/delete {'name': 'nowhere'}")) {
            String[] parts = request.split(" ", 2);
            assertThat(problem(send(parts[0], parts[1]), 404, "collection-not-found")
                            .path("detail")
                            .asText())
                    .contains("'nowhere'");
        }
    }

    @Test
    void aRecordThatIsNotThereIsA404() {
        problem(
                send("query", "{'collection': 'own', 'id': 'nobody'}"),
                404,
                "record-not-found",
                "/id",
                "'nobody'",
                "'own'");
    }

    @Test
    void aModelThatIsNotThereIsA404ThatNamesThoseThatAre() {
        String name = newCollection();
        problem(
                send("embed", "{'model': 'gpt-9', 'inputs': [{'text': 'a'}]}"),
                404,
                "model-not-found",
                "/model",
                "'gpt-9'",
                "bge-small-en-v1.5");
        problem(
                send("collections/create", "{'name': '%s', 'model': 'gpt-9'}".formatted(name)),
                404,
                "model-not-found",
                "/model",
                "all-minilm-l6-v2");
        problem(
                send(
                        "upsert",
                        "{'collection': '%s', 'create': {'model': 'gpt-9'}, 'records': [{'id': 'a', 'text': 'a'}]}"
                                .formatted(name)),
                404,
                "model-not-found",
                "/create/model",
                "'gpt-9'");
        problem(send("collections/describe", "{'name': '%s'}".formatted(name)), 404, "collection-not-found");
    }

    // ---- settings that contradict

    @Test
    void aCollectionIsNotCreatedTwice() {
        assertThat(problem(send("collections/create", "{'name': 'own', 'dimension': 2}"), 409, "collection-exists")
                        .path("detail")
                        .asText())
                .contains("'own'");
    }

    @Test
    void createSettingsThatAreNotTheCollectionsAreRefusedWithBoth() {
        String own = "{'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2]}], 'create': ";
        problem(
                send("upsert", own + "{'dimension': 3}}"),
                400,
                "dimension-mismatch",
                "/create/dimension",
                "vectors of 2",
                "not of 3");
        problem(
                send("upsert", own + "{'metric': 'dot'}}"),
                409,
                "model-mismatch",
                "/create/metric",
                "by cosine",
                "by dot");
        problem(
                send("upsert", own + "{'model': 'all-minilm-l6-v2'}}"),
                409,
                "model-mismatch",
                "/create/model",
                "no model",
                "'all-minilm-l6-v2'");
        problem(
                send(
                        "upsert",
                        "{'collection': 'texts', 'records': [{'id': 'x', 'text': 'a'}], 'create': {'model': 'bge-small-en-v1.5'}}"),
                409,
                "model-mismatch",
                "/create/model",
                "'all-minilm-l6-v2'",
                "'bge-small-en-v1.5'");
        assertThat(post("fetch", "{'collection': 'own', 'ids': ['x']}").path("missing"))
                .hasSize(1);
    }

    @Test
    void aDimensionThatIsNotTheModelsIsRefusedWithBoth() {
        String name = newCollection();
        problem(
                send(
                        "collections/create",
                        "{'name': '%s', 'model': 'all-minilm-l6-v2', 'dimension': 100}".formatted(name)),
                400,
                "dimension-mismatch",
                "/dimension",
                "384",
                "100");
        problem(
                send(
                        "upsert",
                        "{'collection': '%s', 'create': {'model': 'all-minilm-l6-v2', 'dimension': 100}, 'records': [{'id': 'a', 'text': 'a'}]}"
                                .formatted(name)),
                400,
                "dimension-mismatch",
                "/create/dimension",
                "384",
                "100");
    }

    @Test
    void aTextIsNoUseToACollectionOfOwnVectors() {
        JsonNode query = problem(
                send("query", "{'collection': 'own', 'text': 'words'}"),
                400,
                "invalid-request",
                "/text",
                "no embedding model",
                "2 components");
        assertThat(query.path("detail").asText()).contains("'own'");
        problem(
                send("rag", "{'collection': 'own', 'question': 'Why?'}"),
                400,
                "invalid-request",
                "/collection",
                "no embedding model");
    }

    @Test
    void aRefusedUpsertDoesNotCreateItsCollection() {
        String name = newCollection();
        problem(
                send(
                        "upsert",
                        "{'collection': '%s', 'create': {'dimension': 2}, 'records': [{'id': 'a', 'vector': [1]}]}"
                                .formatted(name)),
                400,
                "dimension-mismatch");
        problem(send("collections/describe", "{'name': '%s'}".formatted(name)), 404, "collection-not-found");
    }

    @Test
    void aPageTokenOfAnotherCollectionIsRefused() {
        post("upsert", "{'collection': 'own', 'records': [{'id': 'b', 'vector': [1, 0]}]}");
        String token = post("list", "{'collection': 'own', 'limit': 1}")
                .path("nextToken")
                .asText();
        assertThat(token).isNotEmpty();
        problem(
                send("list", "{'collection': 'texts', 'nextToken': '" + token + "'}"),
                400,
                "invalid-request",
                "/nextToken",
                "'texts'");
        String made = Base64.getUrlEncoder().encodeToString("9:own:a".getBytes(StandardCharsets.UTF_8));
        problem(
                send("list", "{'collection': 'own', 'nextToken': '" + made + "'}"),
                400,
                "invalid-request",
                "/nextToken");
    }

    // ---- limits

    @Test
    void anIdHas512BytesAtMost() {
        String longest = "é".repeat(256);
        post("upsert", "{'collection': 'own', 'records': [{'id': '%s', 'vector': [1, 2]}]}".formatted(longest));
        problem(
                send(
                        "upsert",
                        "{'collection': 'own', 'records': [{'id': '%s', 'vector': [1, 2]}]}".formatted(longest + "x")),
                400,
                "invalid-request",
                "/records/0/id",
                "513 bytes",
                "512",
                "hash");
        problem(
                send("fetch", "{'collection': 'own', 'ids': ['%s']}".formatted(longest + "x")),
                400,
                "invalid-request",
                "/ids/0",
                "513 bytes");
        problem(
                send("delete", "{'collection': 'own', 'ids': ['%s']}".formatted(longest + "x")),
                400,
                "invalid-request",
                "/ids/0",
                "513 bytes");
        problem(
                send("query", "{'collection': 'own', 'id': '%s'}".formatted(longest + "x")),
                400,
                "invalid-request",
                "/id",
                "513 bytes");
        post("delete", "{'collection': 'own', 'ids': ['%s']}".formatted(longest));
    }

    @Test
    void attributesHave40KibibytesAtMost() {
        problem(
                send(
                        "upsert",
                        "{'collection': 'own', 'records': [{'id': 'x', 'vector': [1, 2], 'attributes': {'a': '%s'}}]}"
                                .formatted("x".repeat(41_000))),
                400,
                "invalid-request",
                "/records/0/attributes",
                "40960",
                "'text'");
    }

    @Test
    void listsInARequestHaveLimits() {
        problem(
                send(
                        "fetch",
                        "{'collection': 'own', 'ids': [" + String.join(",", Collections.nCopies(1001, "'a'")) + "]}"),
                400,
                "invalid-request",
                "/ids",
                "1001",
                "1000",
                "several");
        problem(
                send(
                        "upsert",
                        "{'collection': 'own', 'records': ["
                                + String.join(",", Collections.nCopies(10_001, "{'id': 'x', 'vector': [1, 2]}"))
                                + "]}"),
                400,
                "invalid-request",
                "/records",
                "10001",
                "10000");
        problem(
                send("embed", "{'inputs': [" + String.join(",", Collections.nCopies(2049, "{'text': 'a'}")) + "]}"),
                400,
                "invalid-request",
                "/inputs",
                "2049",
                "2048");
        problem(
                send("rag", "{'collection': 'texts', 'question': '" + "x".repeat(8001) + "'}"),
                400,
                "invalid-request",
                "/question",
                "8000");
        problem(
                send("collections/create", "{'name': '" + "a".repeat(64) + "'}"),
                400,
                "invalid-request",
                "/name",
                "63");
    }

    @Test
    void aBodyOver16MebibytesIsA413() throws Exception {
        for (String operation : List.of("upsert", "rag")) {
            byte[] body = ("{\"collection\": \"own\", \"x\": \"" + "x".repeat((16 << 20) + 1) + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
            assertTooLarge(HttpRequest.BodyPublishers.ofByteArray(body), operation);
            assertTooLarge(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)), operation);
        }
    }

    private void assertTooLarge(HttpRequest.BodyPublisher body, String operation) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(server.resolve(operation))
                            .header("Content-Type", "application/json")
                            .expectContinue(true)
                            .POST(body)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
            JsonNode problem = Http.tree(response.body());
            assertThat(problem.path("type").asText()).isEqualTo("urn:quiver:problem:too-large");
            assertThat(problem.path("detail").asText()).contains("16MiB", "fewer records");
        }
    }

    @Test
    void aBodyOfAlmost16MebibytesIsRead() {
        String body = "{\"padding\": \"" + "x".repeat((16 << 20) - 100) + "\"}";
        for (String operation : List.of("upsert", "rag")) {
            assertThat(rawProblem(raw("POST", operation, "application/json", body), 400, "unknown-field")
                            .path("detail")
                            .asText())
                    .contains("'padding'");
        }
    }

    // ---- bodies that are no request

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{'a'}",
                "{'collection': 'own',}",
                "{'collection': 'own'} {}",
                "nonsense",
                "{'topK': 1, 'topK': 2}",
                "\u0000"
            })
    void whatIsNoJsonIsRefusedByEveryOperation(String body) {
        for (String operation : OPERATIONS) {
            var response = send(operation, body);
            JsonNode problem = problem(
                    response, 400, Http.tree(response).path("type").asText().substring("urn:quiver:problem:".length()));
            assertThat(problem.path("type").asText())
                    .isIn("urn:quiver:problem:malformed-json", "urn:quiver:problem:unknown-field");
        }
        problem(send("query", body.equals("nonsense") ? "nonsense" : "{"), 400, "malformed-json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "'text'", "5", "true"})
    void whatIsNoObjectIsRefusedByEveryOperation(String body) {
        for (String operation : OPERATIONS) {
            assertThat(problem(send(operation, body), 400, "invalid-request")
                            .path("detail")
                            .asText())
                    .contains("Send a JSON object as the body");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "  \n"})
    void anEmptyBodyIsRefusedWithWords(String body) {
        for (String operation : OPERATIONS) {
            if (!operation.equals("collections/list")) {
                assertThat(problem(send(operation, body), 400, "invalid-request")
                                .path("detail")
                                .asText())
                        .as(operation)
                        .contains("Send a JSON object as the body");
            }
        }
    }

    @Test
    void deepNestingIsRefused() {
        for (int depth : new int[] {40, 900, 100_000}) {
            String filter = "{\"$not\": ".repeat(depth) + "{}" + "}".repeat(depth);
            String body = "{\"collection\": \"own\", \"vector\": [1, 0], \"filter\": " + filter + "}";
            rawProblem(
                    raw("POST", "query", "application/json", body),
                    400,
                    depth < 1000 ? "invalid-filter" : "malformed-json");
        }
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] body = "{\"collection\": \"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
        problem(given().contentType("application/json").body(body).post("/list"), 400, "malformed-json");
    }

    // ---- HTTP

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/xml",
                "application/jsonp",
                "multipart/form-data; boundary=x"
            })
    void anotherContentTypeIsA415(String contentType) {
        for (String operation : List.of("query", "rag", "collections/list")) {
            assertThat(rawProblem(raw("POST", operation, contentType, "{}"), 415, "unsupported-media-type")
                            .path("detail")
                            .asText())
                    .contains("application/json");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "Application/JSON",
                "application/json;charset=UTF-8",
                "application/vnd.quiver+json"
            })
    void jsonByAnyOfItsNamesIsRead(String contentType) {
        assertThat(raw("POST", "collections/list", contentType, "{}").status).isEqualTo(200);
    }

    @Test
    void withoutAContentTypeTheBodyIsTakenForJson() {
        assertThat(raw("POST", "collections/list", null, "{}").status).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"})
    void anotherMethodIsA405ThatAllowsPost(String method) {
        for (String operation : List.of("query", "rag", "collections/list")) {
            Raw answer = raw(method, operation, "application/json", "{}");
            assertThat(rawProblem(answer, 405, "method-not-allowed")
                            .path("detail")
                            .asText())
                    .contains("POST");
            assertThat(answer.headers).contains("\r\nallow: post\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nowhere",
                "querys",
                "query/",
                "query/x",
                "collections",
                "collections/",
                "collections/drop",
                "q/nowhere",
                "%71uery",
                "/query",
                "./query",
                "collections/list/"
            })
    void anUnknownPathIsA404ThatSaysWhereTheListIs(String path) {
        for (String method : List.of("GET", "POST")) {
            assertThat(rawProblem(raw(method, path, "application/json", "{}"), 404, "not-found")
                            .path("detail")
                            .asText())
                    .contains("/q/openapi");
        }
    }

    private record Raw(int status, String headers, String body) {}

    private static JsonNode rawProblem(Raw answer, int status, String type) {
        assertThat(answer.status).as(answer.toString()).isEqualTo(status);
        assertThat(answer.headers).contains("\r\ncontent-type: application/problem+json\r\n");
        JsonNode problem = Http.tree(answer.body);
        assertThat(problem.path("type").asText()).isEqualTo("urn:quiver:problem:" + type);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        return problem;
    }

    /** By hand, because HTTP clients add what is left out here. */
    private Raw raw(String method, String path, String contentType, String body) {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write((method + " /" + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + (contentType == null ? "" : "Content-Type: " + contentType + "\r\n")
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.UTF_8));
            out.flush();
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            return new Raw(
                    Integer.parseInt(answer.substring(9, 12)),
                    answer.substring(0, end + 2).toLowerCase(java.util.Locale.ROOT),
                    answer.substring(end + 4));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
