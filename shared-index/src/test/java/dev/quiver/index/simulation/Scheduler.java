package dev.quiver.index.simulation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Semaphore;

/**
 * Runs simulated processes one at a time, in the order of a simulated clock, so that a run is determined by its seed. A process is a thread that hands over wherever it waits; nothing
 * here waits for real.
 */
final class Scheduler {
    /** The machine is gone: whatever the process was about to do does not happen. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    private record Wake(long at, long order, Runnable what) implements Comparable<Wake> {
        @Override
        public int compareTo(Wake other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Wake> queue = new PriorityQueue<>();
    private final List<Process> processes = new ArrayList<>();
    private long now = 1_700_000_000_000L;
    private long orders;
    private Throwable failure;

    long now() {
        return now;
    }

    /** @param skew milliseconds by which the clock of a machine is wrong */
    InstantSource clock(java.util.function.LongSupplier skew) {
        return () -> Instant.ofEpochMilli(now + skew.getAsLong());
    }

    void after(long millis, Runnable what) {
        queue.add(new Wake(now + millis, orders++, what));
    }

    /** A process that begins some time from now. */
    Process start(String name, long inMillis, Runnable body) {
        Process p = new Process(name, body);
        processes.add(p);
        after(inMillis, p::proceed);
        return p;
    }

    /** Until nothing is left to be done. */
    void run() {
        while (!queue.isEmpty() && failure == null) {
            Wake w = queue.poll();
            now = Math.max(now, w.at);
            w.what.run();
        }
        // Else their threads would wait for ever.
        for (Process p : List.copyOf(processes)) {
            p.kill();
            p.proceed();
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    /** A thread of control on some machine. */
    final class Process {
        private final String name;
        private final Semaphore go = new Semaphore(0);
        private final Semaphore handedOver = new Semaphore(0);
        private final Thread thread;
        private boolean started;
        private boolean ended;
        private boolean killed;

        private Process(String name, Runnable body) {
            this.name = name;
            this.thread = Thread.ofVirtual().name(name).unstarted(() -> {
                go.acquireUninterruptibly();
                try {
                    if (!killed) {
                        body.run();
                    }
                } catch (Death e) {
                    // As it should be.
                } catch (Throwable e) {
                    failure = failure == null ? e : failure;
                } finally {
                    ended = true;
                    handedOver.release();
                }
            });
        }

        private void proceed() {
            if (ended) {
                return;
            }
            if (!started) {
                started = true;
                thread.start();
            }
            go.release();
            handedOver.acquireUninterruptibly();
        }

        /** Lets time pass, and others work. Called by the process itself. */
        void pause(long millis) {
            checkAlive();
            after(millis, this::proceed);
            handedOver.release();
            go.acquireUninterruptibly();
            checkAlive();
        }

        void checkAlive() {
            if (killed) {
                throw new Death();
            }
        }

        /** It dies where it waits. */
        void kill() {
            killed = true;
        }

        /** It dies here. Called by the process itself. */
        Death die() {
            killed = true;
            return new Death();
        }

        boolean alive() {
            return !ended && !killed;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
