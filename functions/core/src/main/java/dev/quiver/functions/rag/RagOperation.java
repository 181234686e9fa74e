package dev.quiver.functions.rag;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.TokenUsage;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Check;
import dev.quiver.functions.operation.CollectionOperations;
import dev.quiver.functions.operation.DeclaredFilters;
import dev.quiver.functions.operation.FilterParser;
import dev.quiver.functions.operation.Limits;
import dev.quiver.functions.operation.Messages.Citation;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.RagResponse;
import dev.quiver.functions.operation.Messages.Usage;
import dev.quiver.functions.operation.RecordOperations;
import dev.quiver.functions.operation.Reranking;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.rag.QuiverContentRetriever.Found;
import dev.quiver.functions.rag.QuiverContentRetriever.Passage;
import dev.quiver.functions.rerank.Rerankers;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.filter.Filter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * {@code rag}: retrieves passages, has an answer written from them, and checks what it cites. Says so when the documents do not answer.
 */
public final class RagOperation {
    private static final int MAX_PASSAGES = 50;

    private final Database database;
    private final EmbeddingModels models;
    private final Rerankers rerankers;
    private final ChatModels chatModels;
    private final int defaultTopK;
    private final SecureRandom random = new SecureRandom();

    public RagOperation(
            Database database,
            EmbeddingModels models,
            Rerankers rerankers,
            ChatModels chatModels,
            QuiverConfig config) {
        this.database = database;
        this.models = models;
        this.rerankers = rerankers;
        this.chatModels = chatModels;
        this.defaultTopK = config.rag().topK();
    }

    public RagResponse answer(RagRequest request) {
        return run(request, false, _ -> {});
    }

    /** @param tokens gets the answer piece by piece, as it is written, citations already checked */
    public RagResponse stream(RagRequest request, Consumer<String> tokens) {
        return run(request, true, tokens);
    }

    private RagResponse run(RagRequest request, boolean stream, Consumer<String> tokens) {
        long started = System.nanoTime();
        Check check = Check.of(request);
        check.given(request.collection(), "/collection")
                .given(request.question(), "/question")
                .that(
                        request.question() == null || request.question().length() <= Limits.QUESTION_CHARACTERS,
                        "/question",
                        "The question is longer than " + Limits.QUESTION_CHARACTERS + " characters. Ask shorter.")
                .range(request.topK(), 1, MAX_PASSAGES, "/topK")
                .that(
                        request.model() == null || chatModels.available(),
                        "/model",
                        "No language model is configured (quiver.chat.provider), so none can be chosen.");
        Reranking.check(check, request.rerank(), request.question());
        check.done();
        FilterParser.parse(request.filter());
        Consistency consistency = Consistency.fromNow();
        Collection collection =
                Spans.in("open", _ -> CollectionOperations.open(database, request.collection(), "/collection"));
        Filter filter =
                DeclaredFilters.parse(request.filter(), collection.schema().declared());
        TextEmbedder embedder = RecordOperations.embedder(models, collection.schema(), collection, "/collection");
        Mode mode = request.mode() == null ? Mode.VECTOR : request.mode();
        if (mode != Mode.VECTOR && collection.schema().text().isEmpty()) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/mode",
                    "The collection '" + collection.name()
                            + "' was created without text fields, so its words cannot be searched for. Ask in mode vector.");
        }
        int topK = request.topK() == null ? defaultTopK : request.topK();
        Found found = find(request, collection, embedder, topK, filter, consistency, mode);

        CitationChecker checker = new CitationChecker(found.passages().size(), tokens);
        TokenUsage usage = null;
        boolean answered = !found.passages().isEmpty();
        if (answered && chatModels.available()) {
            Sentinel sentinel = new Sentinel(checker);
            usage = Spans.in("write", _ -> write(request, found.passages(), stream, sentinel));
            answered = sentinel.end();
        } else if (answered) {
            String extract = Spans.in("extract", _ -> Extract.answer(found, embedder));
            answered = !extract.isEmpty();
            checker.write(extract);
        }
        if (!answered) {
            checker.write("The documents in '" + collection.name() + "' do not answer this question.");
        }
        checker.end();
        return new RagResponse(
                checker.answer(),
                answered,
                chatModels.available() ? chatModels.name(request.model()) : Extract.WRITER,
                citations(checker, found.passages()),
                new Usage(
                        found.passages().size(),
                        usage == null ? null : usage.inputTokenCount(),
                        usage == null ? null : usage.outputTokenCount(),
                        Math.round((System.nanoTime() - started) / 1e4) / 100.0));
    }

    private Found find(
            RagRequest request,
            Collection collection,
            TextEmbedder embedder,
            int topK,
            Filter filter,
            Consistency consistency,
            Mode mode) {
        if (request.rerank() == null) {
            return new QuiverContentRetriever(collection, embedder, topK, filter)
                    .find(request.question(), consistency, mode);
        }
        int depth = Math.max(topK, Reranking.depth(request.rerank()));
        Found found = new QuiverContentRetriever(collection, embedder, depth, filter)
                .find(request.question(), consistency, mode);
        Map<String, Passage> byId = new LinkedHashMap<>();
        found.passages().forEach(p -> byId.put(p.record().id(), p));
        Map<String, Double> scores = Reranking.scores(
                rerankers,
                request.rerank(),
                request.question(),
                found.passages().stream().map(Passage::record).toList());
        List<Passage> best = new ArrayList<>();
        scores.keySet().forEach(id -> best.add(byId.remove(id)));
        best.addAll(byId.values());
        return new Found(found.question(), List.copyOf(best.subList(0, Math.min(topK, best.size()))));
    }

    private TokenUsage write(RagRequest request, List<Passage> passages, boolean stream, Sentinel out) {
        byte[] mark = new byte[8];
        random.nextBytes(mark);
        List<ChatMessage> messages =
                Prompt.messages(request.question(), passages, HexFormat.of().formatHex(mark));
        ChatRequest.Builder chat = ChatRequest.builder().messages(messages);
        if (request.model() != null) {
            chat.modelName(request.model());
        }
        try {
            ChatResponse response =
                    stream ? stream(chat.build(), out) : chatModels.chat().chat(chat.build());
            if (!stream) {
                out.write(response.aiMessage().text());
            }
            return response.tokenUsage();
        } catch (RuntimeException e) {
            throw new ProblemException(
                    Kind.MODEL_FAILED,
                    "The language model " + chatModels.name(request.model()) + " failed: " + e.getMessage(),
                    e);
        }
    }

    private ChatResponse stream(ChatRequest request, Sentinel out) {
        CompletableFuture<ChatResponse> done = new CompletableFuture<>();
        AtomicInteger pieces = new AtomicInteger();
        chatModels.streaming().chat(request, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String token) {
                pieces.incrementAndGet();
                out.write(token);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                done.completeExceptionally(error);
            }
        });
        try {
            return await(done, pieces);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The client's own timeout ends when the stream begins; a provider that falls silent after that would be waited for until the end of time. */
    private ChatResponse await(CompletableFuture<ChatResponse> done, AtomicInteger pieces)
            throws ExecutionException, InterruptedException {
        for (int before = -1; before != pieces.get(); ) {
            before = pieces.get();
            try {
                return done.get(chatModels.timeout().toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // Goes on if there was a piece meanwhile.
            }
        }
        throw new IllegalStateException("it sent nothing for " + chatModels.timeout());
    }

    private static List<Citation> citations(CitationChecker checker, List<Passage> passages) {
        List<Citation> citations = new ArrayList<>();
        checker.citations().forEach((number, at) -> {
            Passage p = passages.get(number - 1);
            citations.add(new Citation(
                    number,
                    p.record().id(),
                    p.record().text(),
                    p.similarity(),
                    p.record().attributes(),
                    at));
        });
        return citations;
    }

    /** Holds the beginning of an answer back until it is clear that it is not the one word that means there is none. */
    private static final class Sentinel {
        private final CitationChecker out;
        private final StringBuilder start = new StringBuilder();
        private boolean passing;

        Sentinel(CitationChecker out) {
            this.out = out;
        }

        void write(String piece) {
            if (piece == null) {
                return;
            }
            if (passing) {
                out.write(piece);
                return;
            }
            start.append(piece);
            String begun = start.toString().stripLeading();
            if (!Prompt.NOT_IN_DOCUMENTS.startsWith(begun) && !begun.startsWith(Prompt.NOT_IN_DOCUMENTS)) {
                passing = true;
                out.write(begun);
            }
        }

        /** False if the model said that the passages do not answer, or nothing. */
        boolean end() {
            if (!passing
                    && !start.toString().isBlank()
                    && !start.toString().strip().startsWith(Prompt.NOT_IN_DOCUMENTS)) {
                passing = true;
                out.write(start.toString());
            }
            return passing;
        }
    }
}
