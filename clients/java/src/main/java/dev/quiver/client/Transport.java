package dev.quiver.client;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLHandshakeException;

/** Sends requests, and sends them again where that may help and does no harm. Blocks the calling thread, which may be a virtual one. */
final class Transport implements AutoCloseable {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int BAD_GATEWAY = 502;
    private static final int UNAVAILABLE = 503;
    private static final int GATEWAY_TIMEOUT = 504;

    /** Of an answer that is no problem document, in a message. */
    private static final int MOST_CHARACTERS = 300;

    /** When an operation may be sent again. */
    enum Repeat {
        /** It does the same if it was done before without our knowing. */
        ALWAYS,
        /** Only if it surely was not done. */
        IF_REFUSED
    }

    /** Waits; replaced in tests. */
    interface Sleeper {
        void sleep(Duration duration) throws InterruptedException;
    }

    private final HttpClient http;
    private final boolean closing;
    private final String address;
    private final List<String> headers;
    private final Duration timeout;
    private final RetryPolicy retries;
    private final RandomGenerator random;
    private final Sleeper sleeper;
    private final ObjectMapper json;

    /**
     * @param closing whether the HTTP client is ours to close
     * @param headers names and values in turn
     */
    Transport(
            HttpClient http,
            boolean closing,
            URI address,
            List<String> headers,
            Duration timeout,
            RetryPolicy retries,
            RandomGenerator random,
            Sleeper sleeper,
            ObjectMapper json) {
        this.http = http;
        this.closing = closing;
        this.address = address.toString().replaceFirst("/+$", "");
        this.headers = List.copyOf(headers);
        this.timeout = timeout;
        this.retries = retries;
        this.random = random;
        this.sleeper = sleeper;
        this.json = json;
        // What cannot be sent is told where it was given.
        request("", new byte[0], "*/*");
    }

    /** What came of one attempt. */
    private sealed interface Outcome<T> {
        record Done<T>(T answer) implements Outcome<T> {}

        record Failed<T>(QuiverException problem, Duration retryAfter) implements Outcome<T> {}
    }

    /** One attempt, which may fail for lack of an answer. */
    private interface Attempt<T> {
        Outcome<T> run() throws IOException, InterruptedException;
    }

    byte[] send(String operation, byte[] body, Repeat repeat) {
        HttpRequest request = request(operation, body, "application/json, application/problem+json");
        return repeating(repeat, () -> {
            HttpResponse<byte[]> response = await(http.sendAsync(request, BodyHandlers.ofByteArray()));
            return response.statusCode() / 100 == 2
                    ? new Outcome.Done<>(response.body())
                    : failed(response.statusCode(), response.headers(), response.body());
        });
    }

    /**
     * Sends a request that is answered with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). From the first event on it is not sent again.
     *
     * @param events is given each event, and gives what to return once it is there; null until then
     */
    <T> T stream(String operation, byte[] body, Function<ServerEvent, T> events) {
        HttpRequest request = request(operation, body, "text/event-stream, application/problem+json");
        return repeating(Repeat.ALWAYS, () -> {
            Lines lines = new Lines();
            CompletableFuture<ResponseInfo> head = new CompletableFuture<>();
            CompletableFuture<HttpResponse<Void>> exchange = http.sendAsync(request, info -> {
                head.complete(info);
                return BodySubscribers.fromLineSubscriber(lines, done -> null, StandardCharsets.UTF_8, null);
            });
            exchange.whenComplete((response, e) -> {
                if (e != null) {
                    head.completeExceptionally(e);
                    lines.onError(e);
                }
            });
            try {
                ResponseInfo info = await(head);
                if (info.statusCode() / 100 != 2) {
                    byte[] problem = lines.rest(timeout).getBytes(StandardCharsets.UTF_8);
                    return failed(info.statusCode(), info.headers(), problem);
                }
                return new Outcome.Done<>(read(lines, events));
            } finally {
                exchange.cancel(true);
            }
        });
    }

    private <T> T read(Lines lines, Function<ServerEvent, T> events) throws InterruptedException {
        ServerEvent.Reader reader = new ServerEvent.Reader();
        try {
            for (String line; (line = lines.next(timeout)) != null; ) {
                ServerEvent event = reader.add(line);
                T result = event == null ? null : events.apply(event);
                if (result != null) {
                    return result;
                }
            }
        } catch (IOException e) {
            throw QuiverException.withoutAnswer("The answer broke off: " + e.getMessage(), e);
        }
        throw QuiverException.withoutAnswer("The stream of events ended before the answer was whole.", null);
    }

    private <T> T repeating(Repeat repeat, Attempt<T> attempt) {
        for (int failed = 1; ; failed++) {
            QuiverException problem;
            Duration least = Duration.ZERO;
            boolean again;
            try {
                switch (attempt.run()) {
                    case Outcome.Done<T> done -> {
                        return done.answer;
                    }
                    case Outcome.Failed<T> f -> {
                        problem = f.problem;
                        // Who is told to come back later than that is told to come back himself.
                        again = mayRepeat(problem, repeat) && f.retryAfter.compareTo(retries.most()) <= 0;
                        least = f.retryAfter;
                    }
                }
            } catch (IOException e) {
                problem = QuiverException.withoutAnswer(
                        "No answer from " + address + " (attempt " + failed + " of " + retries.attempts() + "): " + e,
                        e);
                again = mayRepeat(e, repeat);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            if (!again || failed >= retries.attempts()) {
                throw problem;
            }
            Duration pause = retries.pause(failed, random);
            try {
                sleeper.sleep(pause.compareTo(least) > 0 ? pause : least);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static QuiverException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return QuiverException.withoutAnswer("Interrupted while waiting for an answer.", e);
    }

    private static boolean mayRepeat(QuiverException problem, Repeat repeat) {
        return switch (problem.status()) {
            case TOO_MANY_REQUESTS -> true;
            case UNAVAILABLE -> repeat == Repeat.ALWAYS || problem.is("busy");
            case BAD_GATEWAY, GATEWAY_TIMEOUT -> repeat == Repeat.ALWAYS;
            default -> false;
        };
    }

    private static boolean mayRepeat(IOException e, Repeat repeat) {
        return switch (e) {
            case ConnectException never -> true;
            case HttpConnectTimeoutException never -> true;
            // Will not be better next time.
            case SSLHandshakeException wrong -> false;
            default -> repeat == Repeat.ALWAYS;
        };
    }

    private HttpRequest request(String operation, byte[] body, String accept) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/" + operation))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.size(); i += 2) {
            request.setHeader(headers.get(i), headers.get(i + 1));
        }
        return request.build();
    }

    /** The timeout of a request of the JDK's client ends with the head of the answer; this one is for all of it. */
    private <T> T await(CompletableFuture<T> answer) throws IOException, InterruptedException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("nothing within " + timeout);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw Lines.asIOException(e.getCause());
        }
    }

    private <T> Outcome<T> failed(int status, HttpHeaders head, byte[] body) {
        return new Outcome.Failed<>(problem(status, body), retryAfter(head));
    }

    private static Duration retryAfter(HttpHeaders head) {
        String seconds = head.firstValue("Retry-After").orElse("");
        return seconds.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(seconds)) : Duration.ZERO;
    }

    /** What a gateway's own refusals and the server's problem documents say; both are JSON objects. */
    private record Said(String type, String title, String detail, String message, List<FieldError> errors) {}

    private QuiverException problem(int status, byte[] body) {
        try {
            Said said = json.readValue(body, Said.class);
            if (said != null && (said.detail != null || said.message != null)) {
                return new QuiverException(
                        said.type,
                        said.title,
                        status,
                        said.detail == null ? said.message : said.detail,
                        said.errors,
                        null);
            }
        } catch (IOException e) {
            // Not a problem document; what there is follows.
        }
        String text = new String(body, StandardCharsets.UTF_8).strip();
        return new QuiverException(
                null,
                null,
                status,
                address + " answered with status " + status
                        + (text.isEmpty() ? "." : ": " + text.substring(0, Math.min(text.length(), MOST_CHARACTERS))),
                null,
                null);
    }

    /** The problem that came as an event. */
    QuiverException problem(String document) {
        int status;
        try {
            status = json.readTree(document).path("status").asInt();
        } catch (JacksonException e) {
            status = 0;
        }
        return problem(status, document.getBytes(StandardCharsets.UTF_8));
    }

    static String version() {
        try (InputStream in =
                Transport.class.getResourceAsStream("/META-INF/maven/dev.quiver/quiver-client/pom.properties")) {
            if (in != null) {
                java.util.Properties properties = new java.util.Properties();
                properties.load(in);
                return properties.getProperty("version", "dev");
            }
        } catch (IOException e) {
            // As if it were not there.
        }
        return "dev";
    }

    @Override
    public void close() {
        if (closing) {
            http.shutdownNow();
        }
    }
}
