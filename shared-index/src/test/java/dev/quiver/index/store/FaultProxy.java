package dev.quiver.index.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.LongAdder;

/** Stands between an S3 client and its server and does to requests what networks and servers do. It counts what it has done. */
public final class FaultProxy implements AutoCloseable {
    public enum Fault {
        NONE,
        /** 503, not forwarded. */
        SLOW_DOWN,
        /** 500, not forwarded. */
        INTERNAL_ERROR,
        /** 409 to a conditional put, not forwarded. */
        CONFLICT,
        /** 403, not forwarded. */
        ACCESS_DENIED,
        /** The connection is reset, nothing is forwarded. */
        RESET,
        /** The connection is reset, and what was asked is done all the same, a while later. */
        LATE,
        /** It is done, and the connection closed before any byte of the answer. */
        LOST_ANSWER,
        /** The answer ends after its headers. */
        NO_BODY,
        /** The answer's body ends in the middle. */
        CUT_BODY,
        /** The answer is long in coming. */
        SLOW_FIRST_BYTE
    }

    /** Decides what becomes of a request. */
    public interface Script {
        Fault of(Request request);
    }

    /**
     * What the client asks.
     *
     * @param target path and query
     * @param conditional a put with If-Match or If-None-Match
     */
    public record Request(String method, String target, boolean conditional) {}

    /** Start line, headers (names in lower case) and body; a chunked body with its framing. */
    private record Message(String start, Map<String, String> headers, byte[] body) {
        byte[] head() {
            StringBuilder head = new StringBuilder(start).append("\r\n");
            headers.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            return head.append("\r\n").toString().getBytes(ISO_8859_1);
        }
    }

    private final URI server;
    private final ServerSocket listener;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private final Map<Fault, LongAdder> counts = new EnumMap<>(Fault.class);
    private final Phaser late = new Phaser(1);
    private volatile Script script;

    private FaultProxy(URI server, ServerSocket listener) {
        this.server = server;
        this.listener = listener;
        for (Fault f : Fault.values()) {
            counts.put(f, new LongAdder());
        }
        heal();
    }

    /** Passes everything on until {@link #follow}. */
    public static FaultProxy start(URI server) {
        try {
            FaultProxy proxy = new FaultProxy(server, new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1")));
            Thread.ofVirtual().start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One of these faults at random, with a probability that is that of all together. */
    public static Script random(long seed, List<Fault> faults, double probability) {
        SplittableRandom random = new SplittableRandom(seed);
        return _ -> {
            synchronized (random) {
                return random.nextDouble() < probability ? faults.get(random.nextInt(faults.size())) : Fault.NONE;
            }
        };
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** From now on this decides. */
    public void follow(Script next) {
        this.script = next;
    }

    /** From now on everything is passed on, and what was late has arrived. */
    public void heal() {
        this.script = _ -> Fault.NONE;
        late.arriveAndAwaitAdvance();
    }

    public long count(Fault fault) {
        return counts.get(fault).sum();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket client : clients) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                clients.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            while (answer(client, in)) {}
        } catch (IOException e) {
            // The client has gone, as it may.
        } finally {
            clients.remove(client);
        }
    }

    /** False if the connection is at its end. */
    private boolean answer(Socket client, InputStream in) throws IOException {
        OutputStream out = client.getOutputStream();
        Message asked = head(in);
        if (asked == null) {
            return false;
        }
        if (asked.headers.remove("expect") != null) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
        }
        asked = new Message(asked.start, asked.headers, body(asked, in));
        String[] start = asked.start.split(" ");
        Request request = new Request(
                start[0],
                start[1],
                start[0].equals("PUT")
                        && (asked.headers.containsKey("if-match") || asked.headers.containsKey("if-none-match")));
        Fault fault = script.of(request);
        switch (fault) {
            case SLOW_DOWN -> refuse(out, fault, "503 Slow Down", "SlowDown");
            case INTERNAL_ERROR -> refuse(out, fault, "500 Internal Server Error", "InternalError");
            case ACCESS_DENIED -> refuse(out, fault, "403 Forbidden", "AccessDenied");
            case CONFLICT -> {
                if (request.conditional) {
                    refuse(out, fault, "409 Conflict", "ConditionalRequestConflict");
                } else {
                    write(out, forward(asked));
                }
            }
            case RESET -> {
                counts.get(fault).increment();
                reset(client);
                return false;
            }
            case LATE -> {
                counts.get(fault).increment();
                late.register();
                try {
                    reset(client);
                    pause(asked);
                    forward(asked);
                } finally {
                    late.arriveAndDeregister();
                }
                return false;
            }
            case LOST_ANSWER -> {
                forward(asked);
                counts.get(fault).increment();
                return false;
            }
            case NO_BODY, CUT_BODY -> {
                Message answer = forward(asked);
                if (answer.body.length > 1) {
                    counts.get(fault).increment();
                    out.write(answer.head());
                    out.write(answer.body, 0, fault == Fault.NO_BODY ? 0 : answer.body.length / 2);
                    return false;
                }
                write(out, answer);
            }
            case SLOW_FIRST_BYTE -> {
                Message answer = forward(asked);
                counts.get(fault).increment();
                pause(asked);
                write(out, answer);
            }
            case NONE -> write(out, forward(asked));
        }
        return true;
    }

    private void refuse(OutputStream out, Fault fault, String status, String code) throws IOException {
        counts.get(fault).increment();
        byte[] body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code + "</Code><Message>" + code
                        + " says the proxy</Message></Error>")
                .getBytes(ISO_8859_1);
        Map<String, String> headers =
                new TreeMap<>(Map.of("content-type", "application/xml", "content-length", "" + body.length));
        write(out, new Message("HTTP/1.1 " + status, headers, body));
    }

    private Message forward(Message asked) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            write(socket.getOutputStream(), asked);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Message answer = head(in);
            if (answer == null) {
                throw new EOFException("The server does not answer " + asked.start);
            }
            String status = answer.start.split(" ")[1];
            boolean empty = asked.start.startsWith("HEAD") || status.equals("204") || status.equals("304");
            return empty ? answer : new Message(answer.start, answer.headers, body(answer, in));
        }
    }

    private static void write(OutputStream out, Message message) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(message.head());
        all.writeBytes(message.body);
        out.write(all.toByteArray());
    }

    private static void reset(Socket client) throws IOException {
        client.setSoLinger(true, 0);
        client.close();
    }

    /** 50 to 300 ms. */
    private static void pause(Message asked) {
        try {
            Thread.sleep(50 + Math.floorMod(asked.hashCode(), 251));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Null at the end of the connection. */
    private static Message head(InputStream in) throws IOException {
        String start = line(in);
        if (start == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String l = needed(line(in)); !l.isEmpty(); l = needed(line(in))) {
            int colon = l.indexOf(':');
            headers.merge(
                    l.substring(0, colon).toLowerCase(Locale.ROOT),
                    l.substring(colon + 1).strip(),
                    (a, b) -> a + "," + b);
        }
        return new Message(start, headers, new byte[0]);
    }

    private static byte[] body(Message of, InputStream in) throws IOException {
        String length = of.headers.get("content-length");
        if (length != null) {
            byte[] body = in.readNBytes(Integer.parseInt(length));
            if (body.length < Integer.parseInt(length)) {
                throw new EOFException();
            }
            return body;
        }
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        if ("chunked".equals(of.headers.get("transfer-encoding"))) {
            int size;
            do {
                String head = needed(line(in));
                size = Integer.parseInt(head.split(";")[0].strip(), 16);
                chunks.writeBytes((head + "\r\n").getBytes(ISO_8859_1));
                chunks.writeBytes(in.readNBytes(size));
                // After the last chunk, trailers.
                for (String l = needed(line(in)); !l.isEmpty(); l = needed(line(in))) {
                    chunks.writeBytes((l + "\r\n").getBytes(ISO_8859_1));
                }
                chunks.writeBytes("\r\n".getBytes(ISO_8859_1));
            } while (size > 0);
        }
        return chunks.toByteArray();
    }

    /** Null at the end of the connection. */
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            line.write(b);
        }
        String s = line.toString(ISO_8859_1);
        return s.endsWith("\r") ? s.substring(0, s.length() - 1) : s;
    }

    private static String needed(String line) throws EOFException {
        if (line == null) {
            throw new EOFException();
        }
        return line;
    }
}
