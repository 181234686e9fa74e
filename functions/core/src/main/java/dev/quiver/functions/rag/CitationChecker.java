package dev.quiver.functions.rag;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Passes an answer on as it is written and checks its citations on the way: {@code [3]} stays if there is a passage 3, else it is taken out. Text may arrive in
 * pieces of any size.
 */
final class CitationChecker {
    private static final int LONGEST = 32;

    private final int passages;
    private final Consumer<String> out;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder answer = new StringBuilder();
    /** Brackets that were open when the one that is held began. */
    private final StringBuilder around = new StringBuilder();

    private final Map<Integer, List<Integer>> citations = new TreeMap<>();

    /**
     * @param passages citations 1 to this are right
     * @param out gets the checked text piece by piece
     */
    CitationChecker(int passages, Consumer<String> out) {
        this.passages = passages;
        this.out = out;
    }

    void write(String piece) {
        StringBuilder ready = new StringBuilder();
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            if (held.isEmpty() && c != '[') {
                ready.append(c);
                continue;
            }
            if (c == '[') {
                // What is around a citation that is taken out must not become one unchecked: [1[9]] leaves [1].
                if (around.length() > LONGEST) {
                    ready.append(around);
                    around.setLength(0);
                }
                around.append(held);
                held.setLength(0);
                held.append(c);
            } else if (c == ']') {
                held.append(c);
                check(ready);
            } else {
                held.append(c);
                boolean citation = Character.isDigit(c) || c == ',' || c == ' ';
                if (!citation || around.length() + held.length() > LONGEST) {
                    passOn(ready);
                }
            }
        }
        emit(ready);
    }

    void end() {
        StringBuilder rest = new StringBuilder();
        passOn(rest);
        emit(rest);
    }

    /** What was held back is no citation. */
    private void passOn(StringBuilder ready) {
        ready.append(around).append(held);
        around.setLength(0);
        held.setLength(0);
    }

    private void check(StringBuilder ready) {
        String inside = held.substring(1, held.length() - 1);
        boolean any = false;
        List<Integer> right = new ArrayList<>();
        for (String number : inside.split("[,\\s]+", -1)) {
            if (number.isEmpty()) {
                continue;
            }
            any = true;
            if (number.length() < 10) {
                int n = Integer.parseInt(number);
                if (n >= 1 && n <= passages) {
                    right.add(n);
                }
            }
        }
        if (!any) {
            passOn(ready);
            return;
        }
        held.setLength(0);
        if (right.isEmpty()) {
            int last = around.lastIndexOf("[");
            if (last >= 0) {
                held.append(around, last, around.length());
                around.setLength(last);
            }
            return;
        }
        passOn(ready);
        for (int n : right) {
            citations.computeIfAbsent(n, _ -> new ArrayList<>()).add(answer.length() + ready.length());
            ready.append('[').append(n).append(']');
        }
    }

    private void emit(StringBuilder ready) {
        if (!ready.isEmpty()) {
            answer.append(ready);
            out.accept(ready.toString());
        }
    }

    String answer() {
        return answer.toString();
    }

    /** Passage numbers in order, each with the offsets at which it is cited. */
    Map<Integer, List<Integer>> citations() {
        return citations;
    }
}
