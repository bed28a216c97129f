package dev.stride.serve;

import dev.stride.experiment.SampleRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A prompt that trials answered.
 *
 * @param id 12 hexadecimal digits of the SHA-256 of prompt and reference
 * @param prompt as the run's samples have it
 * @param reference what the data has there
 */
record Question(String id, String prompt, String reference) {
    private static final List<String> ROLES = List.of("system", "user", "assistant", "observation");
    private static final int ID_DIGITS = 12;

    /** A message of a prompt; the role is empty where the prompt names none. */
    record Turn(String role, String text) {}

    static Question of(SampleRecord sample) {
        return new Question(hash(ID_DIGITS, sample.prompt(), sample.reference()), sample.prompt(), sample.reference());
    }

    /** The prompt's messages; one begins at each line that starts with a role, a colon and a space. */
    List<Turn> turns() {
        List<Turn> turns = new ArrayList<>();
        String role = "";
        StringBuilder text = new StringBuilder();
        boolean first = true;
        for (String line : prompt.split("\n", -1)) {
            String found = role(line);
            if (!found.isEmpty()) {
                if (!first) {
                    turns.add(new Turn(role, text.toString()));
                }
                role = found;
                text.setLength(0);
                text.append(line.substring(found.length() + 2));
            } else {
                text.append(first ? "" : "\n").append(line);
            }
            first = false;
        }
        turns.add(new Turn(role, text.toString()));
        return turns;
    }

    private static String role(String line) {
        return ROLES.stream()
                .filter(role -> line.startsWith(role + ": "))
                .findFirst()
                .orElse("");
    }

    /** The first digits of the SHA-256 of texts, each of which ends with a zero byte. */
    static String hash(int digits, String... texts) {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        for (String text : texts) {
            sha.update(text.getBytes(StandardCharsets.UTF_8));
            sha.update((byte) 0);
        }
        return HexFormat.of().formatHex(sha.digest()).substring(0, digits);
    }
}
