package dev.quiver.infra.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * HTTP requests as events of an API Gateway HTTP API or a function URL (payload format 2.0), and answers of functions
 * as HTTP responses, by the rules of "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway". Where the two
 * kinds differ the difference is here: an HTTP API decodes the path, a function URL leaves it as it was sent.
 */
final class HttpApiEvents {

    private static final DateTimeFormatter CLF =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

    private HttpApiEvents() {}

    /** A request as it came over the wire: path and query are still encoded, the query is empty if there is none. */
    record Request(
            String method,
            String protocol,
            String path,
            String query,
            Map<String, List<String>> headers,
            byte[] body,
            String sourceIp) {}

    record Response(int status, Map<String, List<String>> headers, byte[] body) {}

    static ObjectNode event(Request request, HttpFront.Kind kind, String requestId, Instant time) {
        var headers = new LinkedHashMap<String, String>();
        var cookies = new ArrayList<String>();
        request.headers().forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("cookie")) {
                for (String value : values) {
                    cookies.addAll(List.of(value.split(";\\s*", -1)));
                }
            } else {
                headers.put(lower, String.join(",", values));
            }
        });
        String host = headers.getOrDefault("host", "localhost");
        headers.putIfAbsent("x-forwarded-for", request.sourceIp());
        headers.putIfAbsent("x-forwarded-port", "443");
        headers.putIfAbsent("x-forwarded-proto", "https");

        ObjectNode event = Json.MAPPER.createObjectNode();
        event.put("version", "2.0");
        event.put("routeKey", "$default");
        String path = kind == HttpFront.Kind.HTTP_API ? decodePath(request.path()) : request.path();
        event.put("rawPath", path);
        event.put("rawQueryString", request.query());
        if (!cookies.isEmpty()) {
            ArrayNode array = event.putArray("cookies");
            cookies.forEach(array::add);
        }
        ObjectNode headerNode = event.putObject("headers");
        headers.forEach(headerNode::put);
        Map<String, String> parameters = parameters(request.query());
        if (!parameters.isEmpty()) {
            ObjectNode node = event.putObject("queryStringParameters");
            parameters.forEach(node::put);
        }
        ObjectNode context = event.putObject("requestContext");
        context.put("accountId", kind == HttpFront.Kind.HTTP_API ? "123456789012" : "anonymous");
        context.put("apiId", "local");
        context.put("domainName", host);
        context.put("domainPrefix", host.split("[.:]", 2)[0]);
        ObjectNode http = context.putObject("http");
        http.put("method", request.method());
        http.put("path", path);
        http.put("protocol", request.protocol());
        http.put("sourceIp", request.sourceIp());
        http.put("userAgent", headers.getOrDefault("user-agent", ""));
        context.put("requestId", requestId);
        context.put("routeKey", "$default");
        context.put("stage", "$default");
        context.put("time", CLF.format(time));
        context.put("timeEpoch", time.toEpochMilli());
        boolean binary = false;
        if (request.body().length > 0) {
            String text = isText(headers) ? textOrNull(request.body()) : null;
            binary = text == null;
            event.put("body", binary ? Base64.getEncoder().encodeToString(request.body()) : text);
        }
        event.put("isBase64Encoded", binary);
        return event;
    }

    /** @throws IOException if this is no answer that the gateway understands: it then answers with 500 */
    static Response response(byte[] payload) throws IOException {
        JsonNode answer = Json.MAPPER.readTree(payload);
        var headers = new LinkedHashMap<String, List<String>>();
        if (!answer.isObject() || !answer.has("statusCode")) {
            // The gateway infers: any JSON without a status is a body.
            headers.put("content-type", List.of("application/json"));
            byte[] body = answer.isTextual() ? answer.textValue().getBytes(StandardCharsets.UTF_8) : payload;
            return new Response(200, headers, body);
        }
        int status = answer.get("statusCode").asInt(-1);
        if (status < 100 || status > 599) {
            throw new IOException("statusCode is " + answer.get("statusCode"));
        }
        answer.path("headers")
                .properties()
                .forEach(header -> headers.put(
                        header.getKey().toLowerCase(Locale.ROOT),
                        List.of(header.getValue().asText())));
        if (answer.path("cookies").isArray()) {
            var cookies = new ArrayList<String>();
            answer.get("cookies").forEach(cookie -> cookies.add(cookie.asText()));
            if (!cookies.isEmpty()) {
                headers.put("set-cookie", cookies);
            }
        }
        JsonNode body = answer.path("body");
        String text =
                body.isMissingNode() || body.isNull() ? "" : body.isTextual() ? body.textValue() : body.toString();
        byte[] bytes;
        if (answer.path("isBase64Encoded").asBoolean(false)) {
            try {
                bytes = Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                throw new IOException("body is not Base64", e);
            }
        } else {
            bytes = text.getBytes(StandardCharsets.UTF_8);
        }
        if (bytes.length > 0) {
            headers.putIfAbsent("content-type", List.of("text/plain; charset=utf-8"));
        }
        return new Response(status, headers, bytes);
    }

    private static Map<String, String> parameters(String query) {
        var parameters = new LinkedHashMap<String, String>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
                parameters.merge(name, value, (first, next) -> first + "," + next);
            }
        }
        return parameters;
    }

    private static String decodePath(String path) {
        return decode(path.replace("+", "%2B")); // a plus is itself in a path, a space in a query
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /** Bodies of all other types come in Base64, also those of forms. */
    private static boolean isText(Map<String, String> headers) {
        if (headers.containsKey("content-encoding")) {
            return false;
        }
        String type = headers.getOrDefault("content-type", "text/plain")
                .split(";", 2)[0]
                .trim()
                .toLowerCase(Locale.ROOT);
        return type.startsWith("text/")
                || type.endsWith("+json")
                || type.endsWith("+xml")
                || List.of("application/json", "application/javascript", "application/xml")
                        .contains(type);
    }

    private static String textOrNull(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
