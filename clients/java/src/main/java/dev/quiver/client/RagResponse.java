package dev.quiver.client;

import java.util.List;

/**
 * An answer and what it rests on.
 *
 * @param answer with citations as [1], [2] …
 * @param answered false if the documents do not answer the question; {@code answer} then says so
 * @param writer {@code extractive}, or provider and model
 * @param citations in the order of their numbers
 */
public record RagResponse(String answer, boolean answered, String writer, List<Citation> citations, Usage usage) {}
