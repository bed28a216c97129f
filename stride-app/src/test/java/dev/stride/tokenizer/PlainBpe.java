package dev.stride.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Byte pair encoding by its definition, slow and short: what the quick encoder and the trainer are compared with. */
final class PlainBpe {
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Float> scores = new HashMap<>();
    private final Map<String, Integer> byteIds = new HashMap<>();

    PlainBpe(List<Piece> pieces) {
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.kind() == Piece.Kind.NORMAL) {
                ids.put(piece.text(), id);
                scores.put(piece.text(), piece.score());
            } else if (piece.kind() == Piece.Kind.BYTE) {
                byteIds.put(piece.text(), id);
            }
        }
    }

    /** The symbols of prepared text after all merges. */
    List<String> merge(String prepared) {
        List<String> symbols = new ArrayList<>();
        prepared.codePoints().forEach(c -> symbols.add(Character.toString(c)));
        while (true) {
            int best = -1;
            float bestScore = Float.NEGATIVE_INFINITY;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                Float score = scores.get(symbols.get(i) + symbols.get(i + 1));
                if (score != null && score > bestScore) {
                    best = i;
                    bestScore = score;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    int[] encode(String text) {
        IntList out = new IntList();
        for (String symbol : merge(new String(Spaces.prepare(text)))) {
            Integer id = ids.get(symbol);
            if (id != null) {
                out.add(id);
            } else {
                for (byte value : symbol.getBytes(StandardCharsets.UTF_8)) {
                    out.add(byteIds.getOrDefault("<0x%02X>".formatted(value & 0xff), -1));
                }
            }
        }
        return out.toArray();
    }
}
