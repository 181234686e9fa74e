package dev.quiver.embeddings.training;

import java.time.Duration;

/**
 * How far a training is.
 *
 * @param done from 0 to 1
 * @param tokens read so far, over all epochs
 * @param tokensPerSecond since this process began with it
 * @param loss mean of the examples since the last status; NaN if there were none
 * @param rate the learning rate at present
 * @param remaining until the end, if it goes on like this
 */
public record TrainingStatus(
        double done, long tokens, double tokensPerSecond, double loss, double rate, Duration remaining) {

    /** Is told once a second, and at the end. */
    public interface Listener {
        void at(TrainingStatus status);
    }
}
