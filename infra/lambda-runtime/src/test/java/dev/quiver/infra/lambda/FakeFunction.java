package dev.quiver.infra.lambda;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A function with a runtime of its own, which does what the event says: {@code {"do":"echo"}}, {@code {"do":"burn
 * 500"}} … It runs in its own process and uses nothing but the JDK. What it does before its first event is said by the
 * variable INIT.
 */
public final class FakeFunction {

    private static final String API = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/";
    private static final Pattern ORDER = Pattern.compile("\"do\"\\s*:\\s*\"([^\"]*)\"");
    private static final List<byte[]> EATEN = new ArrayList<>();
    private static final AtomicLong TICKS = new AtomicLong();

    private FakeFunction() {}

    public static void main(String[] args) throws Exception {
        System.out.println("hello from init");
        switch (System.getenv().getOrDefault("INIT", "")) {
            case "error" -> {
                post(
                        "init/error",
                        "{\"errorType\":\"NoBucket\",\"errorMessage\":\"bucket b is not there\"}",
                        "NoBucket");
                System.exit(1);
            }
            case "exit" -> {
                System.err.println("cannot load library");
                System.exit(7);
            }
            case "hang" -> Thread.sleep(Long.MAX_VALUE);
            case "slow" -> Thread.sleep(1500);
            default -> {}
        }
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                TICKS.incrementAndGet();
                pause(5);
            }
        });
        while (true) {
            HttpURLConnection next = open("invocation/next");
            String event = new String(next.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            handle(next.getHeaderField("Lambda-Runtime-Aws-Request-Id"), event, next.getHeaderFields());
        }
    }

    private static void handle(String id, String event, Map<String, List<String>> headers) throws Exception {
        Matcher order = ORDER.matcher(event);
        String[] command = (order.find() ? order.group(1) : "echo").split(" ", -1);
        String answer = "invocation/" + id + "/response";
        switch (command[0]) {
            case "env" -> post(answer, json(System.getenv()), null);
            case "headers" -> {
                var flat = new TreeMap<String, String>();
                headers.forEach(
                        (name, values) -> flat.put(String.valueOf(name).toLowerCase(Locale.ROOT), values.getFirst()));
                post(answer, json(flat), null);
            }
            case "fail" -> {
                System.err.println("about to fail");
                post("invocation/" + id + "/error", "{\"errorType\":\"Bad\",\"errorMessage\":\"no\"}", "Bad");
            }
            case "exit" -> {
                System.err.println("going down with " + command[1]);
                System.exit(Integer.parseInt(command[1]));
            }
            case "hang" -> Thread.sleep(Long.MAX_VALUE);
            case "burn" -> {
                long until = System.nanoTime() + Long.parseLong(command[1]) * 1_000_000;
                long count = 0;
                while (System.nanoTime() < until) {
                    count++;
                }
                post(answer, Long.toString(count), null);
            }
            case "eat" -> {
                for (int i = 0; i < Integer.parseInt(command[1]); i++) {
                    var megabyte = new byte[1 << 20];
                    Arrays.fill(megabyte, (byte) i);
                    EATEN.add(megabyte);
                    pause(2); // so that who polls sees it too
                }
                post(answer, "\"full\"", null);
            }
            case "say" -> {
                System.out.println("out " + command[1]);
                System.err.println("err " + command[1]);
                post(answer, "\"said\"", null);
            }
            case "large" -> post(answer, "\"" + "x".repeat(Integer.parseInt(command[1])) + "\"", null);
            case "ticks" -> post(answer, TICKS.toString(), null);
            case "leave" -> {
                post(answer, "\"bye\"", null);
                System.exit(0);
            }
            case "linger" -> {
                post(answer, "\"soon\"", null);
                Thread.sleep(Long.parseLong(command[1]));
            }
            case "child" -> {
                Process child = new ProcessBuilder("/bin/sleep", "600").start();
                post(answer, Long.toString(child.pid()), null);
            }
            case "slow" -> {
                Thread.sleep(Long.parseLong(command[1]));
                post(answer, "\"at last\"", null);
            }
            default -> post(answer, event, null);
        }
    }

    private static void post(String path, String body, String errorType) throws IOException {
        HttpURLConnection call = open(path);
        call.setRequestMethod("POST");
        call.setDoOutput(true);
        if (errorType != null) {
            call.setRequestProperty("Lambda-Runtime-Function-Error-Type", errorType);
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        call.setFixedLengthStreamingMode(bytes.length);
        call.getOutputStream().write(bytes);
        if (call.getResponseCode() / 100 == 2) {
            call.getInputStream().readAllBytes();
        } else {
            System.err.println(path + " " + call.getResponseCode());
            call.getErrorStream().readAllBytes();
        }
    }

    private static HttpURLConnection open(String path) throws IOException {
        URL url = URI.create(API + path).toURL();
        return (HttpURLConnection) url.openConnection();
    }

    private static String json(Map<String, String> values) {
        var json = new StringBuilder("{");
        values.forEach((name, value) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(name)
                .append("\":\"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                .append('"'));
        return json.append('}').toString();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
