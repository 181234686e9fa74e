package dev.quiver.functions.rag;

import dev.quiver.functions.documents.Chunker;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.rag.QuiverContentRetriever.Found;
import dev.quiver.functions.rag.QuiverContentRetriever.Passage;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * An answer without a language model: the sentences of the passages that are most similar to the question, word for word, each with its citation. A passage can
 * therefore say what it likes; it is quoted or it is not.
 */
final class Extract {
    static final String WRITER = "extractive";

    private static final String PREFACE = "No language model is configured, so this is quoted from the documents:\n\n";
    private static final int SENTENCES = 3;
    private static final int CONSIDERED = 60;
    private static final int LONGEST = 500;
    /** Shorter ones are headings and list marks more often than statements. */
    private static final int SHORTEST = 25;

    private static final float SAME = 0.95f;

    private Extract() {}

    private record Sentence(int passage, int position, String text, float[] vector, float similarity) {}

    /** Empty if no sentence is similar enough to the question. */
    static String answer(Found found, TextEmbedder embedder) {
        List<Integer> passages = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int p = 0; p < found.passages().size(); p++) {
            for (String s : sentences(found.passages().get(p))) {
                if (texts.size() < CONSIDERED) {
                    passages.add(p);
                    texts.add(s);
                }
            }
        }
        if (texts.isEmpty()) {
            return "";
        }
        List<float[]> vectors =
                embedder.embed(texts, TextEmbedder.Purpose.DOCUMENT).vectors();
        List<Sentence> ranked = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            float similarity = QuiverContentRetriever.cosine(found.question(), vectors.get(i));
            // A passage about the question lends its sentences some of its weight: alone they lack what it said before.
            float weighted = 0.8f * similarity
                    + 0.2f * found.passages().get(passages.get(i)).similarity();
            ranked.add(new Sentence(passages.get(i), i, texts.get(i), vectors.get(i), weighted));
        }
        ranked.sort(Comparator.comparing(Sentence::similarity).reversed());
        List<Sentence> chosen = new ArrayList<>();
        for (Sentence s : ranked) {
            boolean told = chosen.stream().anyMatch(c -> QuiverContentRetriever.cosine(c.vector, s.vector) > SAME);
            if (s.similarity >= embedder.relevance() && !told && chosen.size() < SENTENCES) {
                chosen.add(s);
            }
        }
        if (chosen.isEmpty()) {
            return "";
        }
        // The best first: it is the answer, if one sentence is.
        StringBuilder answer = new StringBuilder(PREFACE);
        for (Sentence s : chosen) {
            answer.append("“")
                    .append(escape(s.text))
                    .append("” [")
                    .append(s.passage + 1)
                    .append("]\n");
        }
        return answer.toString().strip();
    }

    /** Brackets in a quoted sentence must not look like citations of ours, which are what {@link CitationChecker} takes for one. */
    private static String escape(String sentence) {
        return sentence.replaceAll("\\[([\\p{Nd}, ]+)\\]", "($1)");
    }

    private static String cut(String sentence) {
        return sentence.substring(0, Character.isHighSurrogate(sentence.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST);
    }

    private static List<String> sentences(Passage passage) {
        List<String> sentences = new ArrayList<>();
        for (String paragraph : passage.record().text().split("\\R", -1)) {
            for (String s : Chunker.split(paragraph, BreakIterator.getSentenceInstance(Locale.ROOT))) {
                String sentence = s.strip();
                if (sentence.length() >= SHORTEST) {
                    sentences.add(sentence.length() <= LONGEST ? sentence : cut(sentence) + "…");
                }
            }
        }
        return sentences;
    }
}
