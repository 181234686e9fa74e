package dev.quiver.embeddings.training;

import dev.quiver.index.memory.OffHeap;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Sentences as numbers of words in a file that is mapped: a text is split and looked up once and not in every epoch, and may be larger than the memory. The file has no name any
 * more as soon as it is open, so a process that is killed leaves nothing behind.
 */
public final class EncodedCorpus implements Sentences {
    /** A chunk is long enough to be worth a lock, and short enough that a corpus has many. */
    private static final int MOST_TOKENS_A_CHUNK = 1 << 18;

    private static final int LEAST_TOKENS_A_CHUNK = 1 << 12;
    private static final int CHUNKS = 256;

    private final MemorySegment memory;
    private final long[] chunks;
    private final long sentences;
    private final long tokens;

    private EncodedCorpus(MemorySegment memory, long[] chunks, long sentences, long tokens) {
        this.memory = memory;
        this.chunks = chunks;
        this.sentences = sentences;
        this.tokens = tokens;
    }

    @Override
    public int chunks() {
        return chunks.length - 1;
    }

    @Override
    public long sentences() {
        return sentences;
    }

    @Override
    public long tokens() {
        return tokens;
    }

    @Override
    public void read(int epoch, int chunk, Consumer consumer) {
        int[] words = new int[Worker.LONGEST];
        for (long at = chunks[chunk]; at < chunks[chunk + 1]; ) {
            int length = OffHeap.getInt(memory, at);
            int ordinal = OffHeap.getInt(memory, at + 4);
            MemorySegment.copy(memory, ValueLayout.JAVA_INT, at + 8, words, 0, length);
            consumer.sentence(words, length, ordinal);
            at += 8 + 4L * length;
        }
    }

    /** Takes sentences in their order. */
    static final class Writer implements Closeable {
        private final FileChannel channel;
        private final OutputStream out;
        private final int tokensAChunk;
        private final byte[] bytes = new byte[8 + 4 * Worker.LONGEST];
        private final int[] sentence = new int[Worker.LONGEST];
        private int length;
        private long at;
        private long sentences;
        private long tokens;
        private long tokensOfChunk;
        private long[] chunks = new long[64];
        private int chunkCount = 1;

        /** @param expected tokens, from which the size of the chunks follows, and from nothing else */
        Writer(Path folder, long expected) throws IOException {
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, ".corpus", ".ids");
            this.channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Files.delete(file);
            this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18);
            this.tokensAChunk = (int) Math.clamp(expected / CHUNKS, LEAST_TOKENS_A_CHUNK, MOST_TOKENS_A_CHUNK);
        }

        void word(int word, int ordinal) throws IOException {
            sentence[length++] = word;
            if (length == Worker.LONGEST) {
                end(ordinal);
            }
        }

        /** Ends a sentence; one without words is none. */
        void end(int ordinal) throws IOException {
            if (length == 0) {
                return;
            }
            MemorySegment m = MemorySegment.ofArray(bytes);
            OffHeap.putInt(m, 0, length);
            OffHeap.putInt(m, 4, ordinal);
            for (int i = 0; i < length; i++) {
                OffHeap.putInt(m, 8 + 4L * i, sentence[i]);
            }
            out.write(bytes, 0, 8 + 4 * length);
            at += 8 + 4L * length;
            tokens += length;
            tokensOfChunk += length;
            sentences++;
            length = 0;
            if (tokensOfChunk >= tokensAChunk) {
                mark();
            }
        }

        private void mark() {
            if (chunkCount == chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * chunkCount);
            }
            chunks[chunkCount++] = at;
            tokensOfChunk = 0;
        }

        EncodedCorpus finish() throws IOException {
            if (tokensOfChunk > 0) {
                mark();
            }
            out.flush();
            if (sentences == 0) {
                throw new IllegalArgumentException(
                        "No word of the corpus is frequent enough to be kept. Lower minCount, or give a larger corpus.");
            }
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, at, Arena.ofAuto());
            return new EncodedCorpus(memory, Arrays.copyOf(chunks, chunkCount), sentences, tokens);
        }

        /** What is mapped stays. */
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
