package dev.quiver.embeddings.training;

import dev.quiver.embeddings.words.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names what a training is made of, so that it does not go on from another's checkpoint. */
final class Fingerprint {
    private Fingerprint() {}

    static String of(TrainingSettings settings, Vocabulary vocabulary, Sentences corpus, int documents) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            // How many threads there are changes nothing that a checkpoint remembers.
            digest.update(settings.withThread(0).toString().getBytes(StandardCharsets.UTF_8));
            ByteBuffer numbers = ByteBuffer.allocate(8 * 5)
                    .putLong(corpus.chunks())
                    .putLong(corpus.sentences())
                    .putLong(corpus.tokens())
                    .putLong(documents)
                    .putLong(vocabulary.size());
            digest.update(numbers.array());
            ByteBuffer count = ByteBuffer.allocate(8);
            for (int w = 0; w < vocabulary.size(); w++) {
                digest.update(vocabulary.word(w));
                digest.update(count.putLong(0, vocabulary.count(w)).array());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
