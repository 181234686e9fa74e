package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.tree;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import dev.langchain4j.service.tool.ToolExecutionResult;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds down the door for language models: the clients that reach it, both manners of the protocol, what each tool does, and that its answers are what its schema says. */
@QuarkusTest
class McpTest {
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private static final String CLIENT = "@modelcontextprotocol/client@2.4.0";

    @TestHTTPResource("/")
    String server;

    private String base() {
        return server.replaceFirst("/$", "");
    }

    /** Two records in a collection of their own. */
    private static String notes() {
        String name = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {}, 'records': [
                  {'id': 'roll', 'text': 'To roll back a deployment, run deploy --to previous.', 'attributes': {'year': 2026}},
                  {'id': 'lunch', 'text': 'The canteen opens at noon.', 'attributes': {'year': 2024}}]}""".formatted(name));
        return name;
    }

    // ---- clients

    @Test
    void langChain4jsClientFindsAndUsesTheTools() throws Exception {
        String notes = notes();
        String url = base();
        // begin langchain4j
        McpClient quiver = new DefaultMcpClient.Builder()
                .transport(new StreamableHttpMcpTransport.Builder()
                        .url(url + "/mcp")
                        .customHeaders(Map.of("Authorization", "Bearer a-key-of-yours"))
                        .build())
                .build();
        List<ToolSpecification> tools = quiver.listTools();
        ToolExecutionResult found = quiver.executeTool(ToolExecutionRequest.builder()
                .name("search")
                .arguments("{\"collection\": \"" + notes + "\", \"text\": \"undo a release\", \"topK\": 1}")
                .build());
        // end langchain4j
        try (quiver) {
            Documentation.assertShows("mcp.md", McpTest.class, "langchain4j");
            assertThat(tools).extracting(ToolSpecification::name).contains("search", "ask", "upsert");
            ToolSpecification search = tools.stream()
                    .filter(t -> t.name().equals("search"))
                    .findFirst()
                    .orElseThrow();
            assertThat(search.description()).contains("nearest in meaning");
            assertThat(search.parameters().properties()).containsKeys("collection", "text", "filter");
            assertThat(search.parameters().required()).containsExactly("collection");
            assertThat(found.isError()).isFalse();
            assertThat(tree(found.resultText()).at("/hits/0/id").asText()).isEqualTo("roll");
            ToolExecutionRequest wrong = ToolExecutionRequest.builder()
                    .name("search")
                    .arguments("{\"collection\": \"nowhere\", \"text\": \"x\"}")
                    .build();
            assertThatExceptionOfType(ToolExecutionException.class)
                    .isThrownBy(() -> quiver.executeTool(wrong))
                    .withMessageContaining("There is no collection 'nowhere'");
            quiver.checkHealth();
        }
    }

    /** In both manners: with the handshake of before 2026, and without. The client checks structured answers by the tool's schema itself. */
    @ParameterizedTest
    @ValueSource(strings = {"legacy", "auto"})
    void theOfficialClientFindsAndUsesTheTools(String mode) {
        String printed = Npm.run("""
                import {Client, StreamableHTTPClientTransport} from '@modelcontextprotocol/client'
                const client = new Client({name: 'test', version: '1'}, {versionNegotiation: {mode: process.env.MODE}})
                client.onerror = e => console.error('onerror', e)
                await client.connect(new StreamableHTTPClientTransport(new URL(process.env.URL)))
                const call = async (name, args) => {
                  const r = await client.callTool({name, arguments: args})
                  return r.isError ? 'error: ' + r.content[0].text : r.structuredContent
                }
                const out = {server: client.getServerVersion(), version: client.getNegotiatedProtocolVersion?.(), instructions: client.getInstructions()}
                out.tools = (await client.listTools()).tools.map(t => [t.name, t.annotations.readOnlyHint])
                out.created = await call('create_collection', {name: process.env.NAME})
                out.upserted = await call('upsert', {collection: process.env.NAME, records: [{id: 'é', text: 'To roll back a deployment, run deploy --to previous.', attributes: {kind: 'howto'}}]})
                out.found = await call('search', {collection: process.env.NAME, text: 'undo a release', filter: {kind: 'howto'}})
                out.fetched = await call('fetch', {collection: process.env.NAME, ids: ['é', 'nobody']})
                out.asked = await call('ask', {collection: process.env.NAME, question: 'How do I roll back a deployment?'})
                out.described = await call('describe_collection', {name: process.env.NAME})
                out.listed = await call('list_collections', {})
                out.wrong = await call('fetch', {collection: process.env.NAME, ids: []})
                await client.close()
                console.log(JSON.stringify(out))
                """, Map.of("URL", base() + "/mcp", "MODE", mode, "NAME", "npm-" + mode), CLIENT);
        String[] lines = printed.strip().split("\n");
        assertThat(lines).as(printed).hasSize(1);
        JsonNode out = tree(lines[0]);
        assertThat(out.at("/server/name").asText()).isEqualTo("quiver");
        assertThat(out.at("/version").asText()).isEqualTo(mode.equals("auto") ? "2026-07-28" : "2025-11-25");
        assertThat(out.at("/instructions").asText()).contains("list_collections");
        assertThat(out.at("/tools").toString()).contains("[\"search\",true]", "[\"upsert\",false]");
        assertThat(out.at("/created/model").asText()).isEqualTo("all-minilm-l6-v2");
        assertThat(out.at("/upserted/upserted").asInt()).isEqualTo(1);
        assertThat(out.at("/found/hits/0/id").asText()).isEqualTo("é");
        assertThat(out.at("/fetched/missing").toString()).isEqualTo("[\"nobody\"]");
        assertThat(out.at("/asked/answer").asText()).contains("deploy --to previous");
        assertThat(out.at("/asked/citations/0/id").asText()).isEqualTo("é");
        assertThat(out.at("/described/records").asInt()).isEqualTo(1);
        assertThat(out.at("/listed/collections").toString()).contains("npm-" + mode);
        assertThat(out.at("/wrong").asText()).startsWith("error: ").contains("/ids");
    }

    /** What a user puts into the settings of a client leads to the server. */
    @Test
    void theConfigurationOnThePageLeadsHere() throws Exception {
        List<String> configurations = Documentation.blocks("mcp.md", "json");
        assertThat(configurations).isNotEmpty();
        for (String configuration : configurations) {
            JsonNode quiver = tree(configuration).at("/mcpServers/quiver");
            assertThat(quiver.path("type").asText()).isEqualTo("http");
            assertThat(quiver.path("url").asText()).startsWith(Documentation.SERVER);
            Map<String, String> headers = new HashMap<>();
            quiver.path("headers")
                    .properties()
                    .forEach(h -> headers.put(h.getKey(), h.getValue().asText()));
            try (McpClient client = new DefaultMcpClient.Builder()
                    .transport(new StreamableHttpMcpTransport.Builder()
                            .url(quiver.path("url").asText().replace(Documentation.SERVER, base()))
                            .customHeaders(headers)
                            .build())
                    .build()) {
                assertThat(client.listTools()).hasSize(8);
            }
        }
    }

    // ---- tools

    @Test
    void everyToolIsDescribedSoThatAModelCanUseIt() {
        JsonNode tools = Mcp.ask("tools/list", "{}").at("/result/tools");
        var meta = SCHEMAS.getSchema(URI.create("https://json-schema.org/draft/2020-12/schema"));
        Set<String> names = new TreeSet<>();
        for (JsonNode tool : tools) {
            String name = tool.path("name").asText();
            assertThat(name).matches("[a-z_]{1,64}");
            assertThat(names.add(name)).isTrue();
            assertThat(tool.path("title").asText()).isNotBlank();
            assertThat(tool.path("description").asText()).hasSizeGreaterThan(50);
            assertThat(tool.at("/annotations/readOnlyHint").isBoolean()).isTrue();
            assertThat(tool.at("/annotations/openWorldHint").asBoolean(true)).isFalse();
            for (String schema : List.of("inputSchema", "outputSchema")) {
                assertThat(meta.validate(tool.path(schema))).as(name).isEmpty();
                assertThat(tool.path(schema).path("type").asText()).isEqualTo("object");
            }
            tool.at("/inputSchema/properties").properties().forEach(p -> assertThat(
                            p.getValue().path("description").asText())
                    .as(name + "." + p.getKey())
                    .isNotBlank());
            boolean readOnly = tool.at("/annotations/readOnlyHint").asBoolean();
            assertThat(readOnly)
                    .as(name)
                    .isEqualTo(!Set.of("upsert", "update", "create_collection").contains(name));
            if (!readOnly) {
                assertThat(tool.at("/annotations/destructiveHint").isBoolean()).isTrue();
                assertThat(tool.at("/annotations/idempotentHint").isBoolean()).isTrue();
            }
        }
        assertThat(names)
                .containsExactly(
                        "ask",
                        "create_collection",
                        "describe_collection",
                        "fetch",
                        "list_collections",
                        "search",
                        "update",
                        "upsert");
        assertThat(Mcp.ask("tools/list", "{}").at("/result/tools")).isEqualTo(tools);
    }

    /** With every argument that a tool has, so that none is one that the operation does not know; the answers are checked more strictly than a client would. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            list_collections    | {}
            describe_collection | {'name': 'NOTES'}
            search              | {'collection': 'NOTES', 'text': 'undo a release', 'topK': 1, 'filter': {'year': {'$gte': 2020}}, 'minScore': -1}
            search              | {'collection': 'NOTES', 'id': 'roll'}
            ask                 | {'collection': 'NOTES', 'question': 'How do I roll back a deployment?', 'topK': 3, 'filter': {'year': 2026}}
            ask                 | {'collection': 'NOTES', 'question': 'Who won the chess tournament?'}
            fetch               | {'collection': 'NOTES', 'ids': ['roll', 'nobody']}
            upsert              | {'collection': 'NOTES', 'records': [{'id': 'new', 'text': 'A', 'ifAbsent': true}, {'id': 'roll', 'text': 'LONG', 'ifVersion': 1, 'attributes': {'s': 'x', 'n': 1, 'b': true, 'l': ['x', 1]}}]}
            update              | {'collection': 'NOTES', 'ids': ['roll', 'nobody'], 'set': {'s': 'x', 'l': [1, 'x']}, 'unset': ['year'], 'ifVersions': {'roll': 1}}
            create_collection   | {'name': 'NOTES-2', 'model': 'bge-small-en-v1.5'}
            """)
    void toolsTakeAndAnswerWhatTheirSchemasSay(String tool, String template) {
        String arguments = template.replace("NOTES", notes()).replace("LONG", "word ".repeat(300));
        JsonNode description = null;
        for (JsonNode t : Mcp.ask("tools/list", "{}").at("/result/tools")) {
            description = t.path("name").asText().equals(tool) ? t : description;
        }
        assertThat(SCHEMAS.getSchema(description.path("inputSchema")).validate(tree(arguments.replace('\'', '"'))))
                .isEmpty();
        JsonNode answer = Mcp.done(tool, arguments);
        assertThat(SCHEMAS.getSchema(strict(description.path("outputSchema"))).validate(answer))
                .as(answer.toString())
                .isEmpty();
    }

    /** No fields but those that are named. */
    private static JsonNode strict(JsonNode schema) {
        JsonNode copy = schema.deepCopy();
        copy.findParents("properties").forEach(s -> ((ObjectNode) s).put("additionalProperties", false));
        return copy;
    }

    @Test
    void searchFindsByTextByRecordAndUnderAFilter() {
        String notes = notes();
        JsonNode byText = Mcp.done("search", "{'collection': '%s', 'text': 'undo a release'}".formatted(notes));
        assertThat(byText.at("/hits/0/id").asText()).isEqualTo("roll");
        assertThat(byText.at("/hits/0/text").asText()).contains("deploy --to previous");
        assertThat(byText.at("/hits/0/attributes/year").asInt()).isEqualTo(2026);
        assertThat(byText.path("exhausted").asBoolean()).isTrue();
        JsonNode filtered = Mcp.done(
                "search", "{'collection': '%s', 'text': 'undo a release', 'filter': {'year': 2024}}".formatted(notes));
        assertThat(filtered.path("hits").findValuesAsText("id")).containsExactly("lunch");
        JsonNode like = Mcp.done("search", "{'collection': '%s', 'id': 'lunch'}".formatted(notes));
        assertThat(like.path("hits").findValuesAsText("id")).containsExactly("roll");
    }

    @Test
    void whatIsWrittenIsFoundAtOnce() {
        String name = newCollection();
        Mcp.done("create_collection", "{'name': '%s'}".formatted(name));
        Mcp.done(
                "upsert",
                "{'collection': '%s', 'records': [{'id': 'w', 'text': 'Blue whales are large.'}]}".formatted(name));
        assertThat(Mcp.done("search", "{'collection': '%s', 'text': 'big animals'}".formatted(name))
                        .at("/hits/0/id")
                        .asText())
                .isEqualTo("w");
        JsonNode fetched = Mcp.done("fetch", "{'collection': '%s', 'ids': ['w']}".formatted(name));
        String again = "{'collection': '%s', 'records': [{'id': 'w', 'text': 'x', 'ifVersion': %d}]}"
                .formatted(name, fetched.at("/records/0/version").asLong());
        Mcp.done("upsert", again);
        JsonNode refused = Mcp.call("upsert", again);
        assertThat(refused.path("isError").asBoolean()).isTrue();
        assertThat(refused.at("/content/0/text").asText()).contains("A condition of the request does not hold");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            search            | {'collection': 'nowhere', 'text': 'x'}             | nowhere
            search            | {'collection': 'NOTES'}                            | 'text'
            search            | {'text': 'x'}                                      | /collection
            search            | {'collection': 7, 'text': 'x'}                     | /collection
            search            | {'collection': 'NOTES', 'text': 'x', 'topK': 0}    | /topK, 1 to 1000
            search            | {'collection': 'NOTES', 'text': 'x', 'topK': 'ten'} | /topK
            search            | {'collection': 'NOTES', 'text': 'x', 'filtre': {}} | filtre, There are: collection, filter
            search            | {'collection': 'NOTES', 'text': 'x', 'vector': [1]} | There is no argument 'vector'
            search            | {'collection': 'NOTES', 'text': 'x', 'filter': {'a': {'$bad': 1}}} | $bad
            ask               | {'collection': 'NOTES', 'question': ''}            | /question
            fetch             | {'collection': 'NOTES', 'ids': []}                 | /ids
            list_collections  | {'name': 'x'}                                      | There are none
            upsert            | {'collection': 'NOTES', 'records': [{'id': 'x', 'vector': [1]}]} | /records/0/vector
            upsert            | {'collection': 'NOTES', 'records': [{'text': 'x'}]} | /records/0/id
            upsert            | {'collection': 'NOTES', 'create': {}, 'records': [{'id': 'x', 'text': 'x'}]} | /create
            search            | {'collection': 'NOTES', 'text': 'x', 'rerank': {}}  | quiver.rerank.models
            ask               | {'collection': 'NOTES', 'question': 'Roll back?', 'rerank': {'field': 'x'}} | /rerank/field
            update            | {'collection': 'NOTES', 'ids': ['roll']}           | 'set'
            update            | {'collection': 'NOTES', 'ids': ['roll'], 'filter': {}, 'set': {'a': 1}} | no argument 'filter'
            create_collection | {'name': 'NOTES'}                                  | exists
            create_collection | {'name': 'Not A Name'}                             | /name
            create_collection | {'name': 'x', 'model': 'gpt-9'}                    | all-minilm-l6-v2
            """)
    void mistakesAreToldToTheModelAndAreNoErrorsOfTheProtocol(String tool, String arguments, String words) {
        JsonNode result = Mcp.call(tool, arguments.replace("NOTES", notes()));
        assertThat(result.path("isError").asBoolean()).as(result.toString()).isTrue();
        assertThat(result.has("structuredContent")).isFalse();
        assertThat(result.at("/content/0/type").asText()).isEqualTo("text");
        assertThat(result.at("/content/0/text").asText())
                .contains(words.split(", "))
                .doesNotContain("dev.quiver", "Exception");
    }

    // ---- the protocol, with a handshake

    @Test
    void aClientOfBeforeShakesHands() {
        for (Map.Entry<String, String> version : Map.of(
                        "2025-11-25", "2025-11-25",
                        "2025-06-18", "2025-06-18",
                        "2024-11-05", "2025-11-25",
                        "2099-01-01", "2025-11-25")
                .entrySet()) {
            Response response = Mcp.send(
                    given(),
                    "{'jsonrpc': '2.0', 'id': 0, 'method': 'initialize', 'params': {'protocolVersion': '%s', 'capabilities': {}, 'clientInfo': {'name': 't', 'version': '1'}}}"
                            .formatted(version.getKey()));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.header("Mcp-Session-Id")).isNull();
            JsonNode result = tree(response).path("result");
            assertThat(result.path("protocolVersion").asText()).isEqualTo(version.getValue());
            assertThat(result.at("/capabilities/tools").isObject()).isTrue();
            assertThat(result.at("/serverInfo/name").asText()).isEqualTo("quiver");
            assertThat(result.at("/serverInfo/version").asText()).startsWith("0.");
        }
        Response initialized = Mcp.send(given(), "{'jsonrpc': '2.0', 'method': 'notifications/initialized'}");
        assertThat(initialized.statusCode()).isEqualTo(202);
        assertThat(initialized.asString()).isEmpty();
        assertThat(Mcp.ask("ping", "{}").path("result").isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            400 | -32700 | {'jsonrpc':
            400 | -32600 | []
            400 | -32600 | 'x'
            400 | -32600 | [{'jsonrpc': '2.0', 'id': 1, 'method': 'ping'}]
            400 | -32600 | {'id': 1, 'method': 'ping'}
            400 | -32600 | {'jsonrpc': '2.0', 'id': null, 'method': 'ping'}
            400 | -32600 | {'jsonrpc': '2.0', 'id': 1.5, 'method': 'ping'}
            400 | -32600 | {'jsonrpc': '2.0', 'id': 1, 'result': {}}
            200 | -32601 | {'jsonrpc': '2.0', 'id': 1, 'method': 'resources/list'}
            200 | -32601 | {'jsonrpc': '2.0', 'id': 1, 'method': 'server/discover'}
            200 | -32602 | {'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': {'name': 'drop_everything'}}
            200 | -32602 | {'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': {'name': 'search', 'arguments': 'x'}}
            200 | -32602 | {'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call'}
            """)
    void messagesThatAreNoneAreErrorsOfTheProtocol(int status, int code, String message) {
        Response response = Mcp.send(given(), message);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        JsonNode error = tree(response);
        assertThat(error.at("/error/code").asInt()).isEqualTo(code);
        assertThat(error.at("/error/message").asText()).isNotBlank();
        assertThat(error.path("jsonrpc").asText()).isEqualTo("2.0");
    }

    // ---- the protocol, without

    @Test
    void aClientOfTodayAsksWhatThereIs() {
        JsonNode discovered = Mcp.stateless("server/discover", null, "{}");
        assertThat(discovered.path("supportedVersions").toString())
                .isEqualTo("[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\"]");
        assertThat(discovered.at("/capabilities/tools").isObject()).isTrue();
        assertThat(discovered.path("ttlMs").isIntegralNumber()).isTrue();
        assertThat(discovered.path("cacheScope").asText()).isEqualTo("private");
        JsonNode tools = Mcp.stateless("tools/list", null, "{}");
        assertThat(tools.path("tools")).isEqualTo(Mcp.ask("tools/list", "{}").at("/result/tools"));
        assertThat(tools.path("ttlMs").isIntegralNumber()).isTrue();
        JsonNode called = Mcp.stateless(
                "tools/call", "=?base64?bGlzdF9jb2xsZWN0aW9ucw==?=", "{'name': 'list_collections', 'arguments': {}}");
        assertThat(called.at("/structuredContent/collections").isArray()).isTrue();
    }

    @Test
    void headersMustSayWhatTheMessageSays() {
        Response ok = Mcp.stateless(given(), "tools/call", "list_collections", "{'name': 'list_collections'}");
        assertThat(ok.statusCode()).isEqualTo(200);
        for (Response wrong : List.of(
                Mcp.stateless(given(), "tools/call", "search", "{'name': 'list_collections'}"),
                Mcp.stateless(given(), "tools/call", null, "{'name': 'list_collections'}"),
                Mcp.send(
                        given().header("MCP-Protocol-Version", "2026-07-28"),
                        "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list', 'params': {'_meta': {'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}}}}"),
                Mcp.send(
                        given().header("MCP-Protocol-Version", "2025-11-25").header("Mcp-Method", "tools/list"),
                        "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list', 'params': {'_meta': {'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}}}}"))) {
            assertThat(wrong.statusCode()).as(wrong.asString()).isEqualTo(400);
            assertThat(tree(wrong).at("/error/code").asInt()).isEqualTo(-32020);
        }
    }

    @Test
    void versionsThatAreNotSpokenAreAnsweredWithThoseThatAre() {
        for (Response wrong : List.of(
                Mcp.send(
                        given().header("MCP-Protocol-Version", "1900-01-01"),
                        "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list'}"),
                Mcp.send(
                        given().header("MCP-Protocol-Version", "1900-01-01").header("Mcp-Method", "tools/list"),
                        "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list', 'params': {'_meta': {'io.modelcontextprotocol/protocolVersion': '1900-01-01', 'io.modelcontextprotocol/clientCapabilities': {}}}}"))) {
            assertThat(wrong.statusCode()).isEqualTo(400);
            JsonNode error = tree(wrong).path("error");
            assertThat(error.path("code").asInt()).isEqualTo(-32022);
            assertThat(error.at("/data/requested").asText()).isEqualTo("1900-01-01");
            assertThat(error.at("/data/supported").toString()).contains("2026-07-28", "2025-11-25");
        }
    }

    @Test
    void aMessageWithoutWhatItMustSayAndAMethodThatThereIsNot() {
        Response nothing = Mcp.send(
                given().header("MCP-Protocol-Version", "2026-07-28").header("Mcp-Method", "tools/list"),
                "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list'}");
        assertThat(nothing.statusCode()).isEqualTo(400);
        assertThat(tree(nothing).at("/error/code").asInt()).isEqualTo(-32602);
        for (String method : List.of("initialize", "ping", "resources/list", "subscriptions/listen")) {
            Response unknown = Mcp.stateless(given(), method, null, "{}");
            assertThat(unknown.statusCode()).as(method).isEqualTo(404);
            assertThat(tree(unknown).at("/error/code").asInt()).isEqualTo(-32601);
        }
    }

    // ---- the transport

    @Test
    void pagesFromElsewhereMayNotCall() {
        String list = "{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list'}";
        for (String origin : List.of(
                "https://evil.example",
                "http://evil.example:" + URI.create(server).getPort(),
                "http://localhost.evil.example",
                "http://127.0.0.1.evil.example",
                "null",
                "")) {
            Response refused = Mcp.send(given().header("Origin", origin), list);
            assertThat(refused.statusCode()).as(origin).isEqualTo(403);
            assertThat(tree(refused).has("id")).isFalse();
            assertThat(tree(refused).at("/error/message").asText()).contains("quiver.mcp.allowed-origins");
        }
        for (String origin :
                List.of("http://localhost:6274", "http://127.0.0.1", "https://[::1]:8443", "http://LOCALHOST:1")) {
            assertThat(Mcp.send(given().header("Origin", origin), list).statusCode())
                    .as(origin)
                    .isEqualTo(200);
        }
    }

    @Test
    void thereAreNoEventsAndNoSessions() {
        for (Response other :
                List.of(given().accept("text/event-stream").get("/mcp"), given().delete("/mcp"), given().put("/mcp"))) {
            assertThat(other.statusCode()).isEqualTo(405);
            assertThat(other.header("Allow")).isEqualTo("POST");
        }
        Response session = Mcp.send(
                given().header("Mcp-Session-Id", "of somebody else").header("Last-Event-ID", "5"),
                "{'jsonrpc': '2.0', 'id': 1, 'method': 'ping'}");
        assertThat(session.statusCode()).as("a session that is not ours").isEqualTo(200);
        assertThat(session.header("Mcp-Session-Id")).isNull();
    }

    @Test
    void bodiesThatAreNoJsonOrTooLargeAreRefused() {
        Response text = given().contentType("text/plain").body("{}").post("/mcp");
        assertThat(text.statusCode()).isEqualTo(415);
        Response large = Mcp.send(given(), "'" + "x".repeat(17 << 20) + "'");
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(tree(large).at("/error/message").asText()).contains("16M");
    }
}
