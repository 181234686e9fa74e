package dev.quiver.infra.lambda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * The event source mapping between a queue and a function: receives messages, invokes the function with a batch, and
 * deletes what it did not report as failed. What failed is left alone: it becomes visible again after the queue's
 * visibility timeout, and goes to the dead-letter queue after as many receives as the queue's redrive policy says.
 *
 * <p>By hand, {@link #pollOnce} does one batch and says what came of it; {@link #start} does so in a thread until it is
 * closed. Batches are of up to ten messages, what one receive gives; the order of FIFO groups is not kept on failure.
 */
public final class SqsPoller implements AutoCloseable {

    private final LambdaRuntime runtime;
    private final SqsClient sqs;
    private final String queueUrl;
    private final String queueArn;
    private final boolean reportBatchItemFailures;
    private final int batchSize;
    private volatile boolean closed;
    private Thread thread = new Thread(() -> {}); // none yet

    /**
     * What came of one batch.
     *
     * @param answer of the function, empty if there was no message
     * @param deleted the messages that are done
     * @param failed the messages that will come again
     */
    public record Batch(Optional<Answer> answer, List<String> deleted, List<String> failed) {}

    /**
     * @param reportBatchItemFailures whether the mapping has ReportBatchItemFailures: without it, an answer of any kind
     *     is success of the whole batch
     * @param batchSize 1 … 10
     */
    public SqsPoller(
            LambdaRuntime runtime, SqsClient sqs, String queueUrl, boolean reportBatchItemFailures, int batchSize) {
        if (batchSize < 1 || batchSize > 10) {
            throw new IllegalArgumentException("batchSize must be 1 to 10, not " + batchSize);
        }
        this.runtime = runtime;
        this.sqs = sqs;
        this.queueUrl = queueUrl;
        this.reportBatchItemFailures = reportBatchItemFailures;
        this.batchSize = batchSize;
        this.queueArn = sqs.getQueueAttributes(
                        request -> request.queueUrl(queueUrl).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
    }

    /** With partial batch failures and batches of ten. */
    public SqsPoller(LambdaRuntime runtime, SqsClient sqs, String queueUrl) {
        this(runtime, sqs, queueUrl, true, 10);
    }

    /** Polls in a thread of its own until closed. */
    public synchronized SqsPoller start() {
        thread = Thread.ofVirtual().name("sqs-poller").start(() -> {
            while (!closed) {
                try {
                    pollOnce(1);
                } catch (SdkException | LambdaException e) {
                    pause(); // the queue is away, or the function busy
                }
            }
        });
        return this;
    }

    /**
     * Receives at most one batch and invokes the function with it.
     *
     * @param waitSeconds how long to wait for a first message, 0 … 20
     */
    public Batch pollOnce(int waitSeconds) {
        List<Message> messages = sqs.receiveMessage(request -> request.queueUrl(queueUrl)
                        .maxNumberOfMessages(batchSize)
                        .waitTimeSeconds(waitSeconds)
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                        .messageAttributeNames("All"))
                .messages();
        if (messages.isEmpty()) {
            return new Batch(Optional.empty(), List.of(), List.of());
        }
        Answer answer = runtime.invoke(Json.bytes(
                SqsEvents.event(messages, queueArn, runtime.function().region())));
        Set<String> ids = messages.stream().map(Message::messageId).collect(Collectors.toSet());
        Set<String> failed = answer.functionError().isPresent()
                ? ids
                : reportBatchItemFailures ? SqsEvents.failures(answer.payload(), ids) : Set.of();
        var deleted = new ArrayList<String>();
        var entries = new ArrayList<DeleteMessageBatchRequestEntry>();
        for (Message message : messages) {
            if (!failed.contains(message.messageId())) {
                entries.add(DeleteMessageBatchRequestEntry.builder()
                        .id(Integer.toString(entries.size()))
                        .receiptHandle(message.receiptHandle())
                        .build());
                deleted.add(message.messageId());
            }
        }
        if (!entries.isEmpty()) {
            sqs.deleteMessageBatch(request -> request.queueUrl(queueUrl).entries(entries));
        }
        return new Batch(Optional.of(answer), deleted, List.copyOf(failed));
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends after the batch that is under way. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
