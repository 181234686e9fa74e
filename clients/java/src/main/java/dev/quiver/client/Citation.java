package dev.quiver.client;

import java.util.List;
import java.util.Map;

/**
 * A passage that an answer cites.
 *
 * @param number in the answer
 * @param id of the record
 * @param score its similarity to the question
 * @param at where in the answer it is cited: offsets of the opening bracket in characters
 */
public record Citation(
        int number, String id, String passage, float score, Map<String, Object> attributes, List<Integer> at) {}
