package dev.quiver.infra.lambda;

import java.time.Duration;

/**
 * What is to be seen of one environment from outside.
 *
 * @param pid of the process that was started; it may have children
 * @param init from its start until it asked for the first event
 * @param frozen whether the processes are stopped
 * @param residentBytes of all processes now (VmRSS)
 * @param peakResidentBytes of all processes so far (VmHWM)
 * @param limits by which means CPU and memory are limited, for people
 */
public record Instance(
        long pid, Duration init, boolean frozen, long residentBytes, long peakResidentBytes, String limits) {}
