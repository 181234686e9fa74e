package dev.quiver.index.simulation;

/**
 * How often what goes wrong, of 10,000 store calls.
 *
 * @param lostRequest nothing happens and nobody answers
 * @param lostAnswer it happens and nobody answers
 * @param late nobody answers, and minutes later it happens
 * @param unavailable refused: 500, 503
 * @param conflict refused with 409 or 412 without reason
 * @param twice it happens, and is refused because the client or a proxy sent it again by itself
 * @param stall the process stands still for hours, before or after
 * @param death the process dies, before or after
 */
record Faults(
        int lostRequest, int lostAnswer, int late, int unavailable, int conflict, int twice, int stall, int death) {
    static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0, 0);
    static final Faults FEW = new Faults(20, 20, 20, 20, 20, 20, 10, 10);
    static final Faults MANY = new Faults(150, 150, 100, 200, 200, 100, 60, 60);
    static final Faults STALLS = new Faults(10, 10, 10, 10, 10, 10, 250, 20);
}
