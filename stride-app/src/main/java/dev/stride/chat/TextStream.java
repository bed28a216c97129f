package dev.stride.chat;

import dev.stride.tokenizer.IncrementalDecoder;
import java.util.List;

/** The text of an answer as its tokens come: whole characters, up to the first stop text. */
final class TextStream {
    private final IncrementalDecoder decoder;
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder(); // may still become a stop text
    private final StringBuilder text = new StringBuilder();
    private boolean stopped;

    TextStream(IncrementalDecoder decoder, List<String> stops) {
        this.decoder = decoder;
        this.stops = stops;
    }

    /** Takes the next token and gives what can be shown. */
    String feed(int id) {
        return add(decoder.feed(id), false);
    }

    /** The end: what was held back. */
    String finish() {
        return stopped ? "" : add(decoder.finish(), true);
    }

    /** Whether a stop text has come; nothing is shown from its beginning on. */
    boolean isStopped() {
        return stopped;
    }

    /** Everything that was shown. */
    String text() {
        return text.toString();
    }

    private String add(String added, boolean last) {
        held.append(added);
        int end = firstStop();
        if (end >= 0) {
            stopped = true;
        } else {
            end = held.length() - (last ? 0 : beginningOfStop());
        }
        String shown = held.substring(0, end);
        held.delete(0, end);
        text.append(shown);
        return shown;
    }

    private int firstStop() {
        return stops.stream()
                .mapToInt(held::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }

    private int beginningOfStop() {
        return stops.stream().mapToInt(stop -> Held.beginning(held, stop)).max().orElse(0);
    }
}
