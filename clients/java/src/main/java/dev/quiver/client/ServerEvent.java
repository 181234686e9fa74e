package dev.quiver.client;

/** A server-sent event. */
record ServerEvent(String name, String data) {

    /** Puts events together from their lines. */
    static final class Reader {
        private String name = "message";
        private StringBuilder data;

        /** The event that a line ends; null for any other line. */
        ServerEvent add(String line) {
            if (line.isEmpty()) {
                ServerEvent event = data == null ? null : new ServerEvent(name, data.toString());
                name = "message";
                data = null;
                return event;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = value;
                case "data" ->
                    data = data == null
                            ? new StringBuilder(value)
                            : data.append('\n').append(value);
                default -> {
                    // Comments and fields that do not concern us.
                }
            }
            return null;
        }
    }
}
