package dev.stride.voice;

import java.util.Arrays;

/**
 * Takes out of a model's text, while it comes in, what a voice cannot say: Markdown's marks, blocks of code, tags, addresses
 * (of a link its text stays), brackets and emoji. It holds back only what cannot be judged yet, such as an open bracket.
 */
final class PlainText {
    /**
     * Text for the ear.
     *
     * @param ends for each character, where in the whole text it ends; at least as long as the text
     */
    record Part(String text, int[] ends) {}

    private static final int LONGEST_LINK = 500;
    private static final int LONGEST_TAG = 100;
    private static final String BRACKETS = "()[]{}（）【】「」『』《》〈〉“”\"";
    private static final String[] ADDRESSES = {"https://", "http://", "www."};

    private final StringBuilder raw = new StringBuilder();
    private int offset;
    private boolean inCode;
    private boolean lineStart = true;
    private char before = '\n';

    private final StringBuilder out = new StringBuilder();
    private int[] ends = new int[64];

    Part feed(String fragment) {
        raw.append(fragment);
        return scan(false);
    }

    Part finish() {
        return scan(true);
    }

    private Part scan(boolean last) {
        out.setLength(0);
        int at = 0;
        while (at < raw.length()) {
            int next = inCode ? code(at, last) : one(at, last);
            if (next < 0) {
                break;
            }
            at = next;
        }
        raw.delete(0, at);
        offset += at;
        return new Part(out.toString(), Arrays.copyOf(ends, Math.max(1, out.length())));
    }

    /** Reads over a block of code; gives where to go on, or -1 to wait for more text. */
    private int code(int at, boolean last) {
        int close = raw.indexOf("```", at);
        if (close < 0) {
            return last ? raw.length() : Math.max(at, raw.length() - 2) == at ? -1 : raw.length() - 2;
        }
        inCode = false;
        return close + 3;
    }

    private int one(int at, boolean last) {
        char c = raw.charAt(at);
        boolean first = lineStart;
        if (c == '\n' || c == '\r') {
            emit('\n', at + 1);
            lineStart = true;
            return at + 1;
        }
        if (c != ' ' && c != '\t') {
            lineStart = false;
        }
        return switch (c) {
            case '`' -> backtick(at, last, first);
            case '[', '!' -> link(at, last, c);
            case '<' -> tag(at, last);
            case 'h', 'w' -> address(at, last, first);
            case '#', '>' -> first ? skipRun(at, c, true) : keep(at);
            case '*', '_', '~', '|', '-', '+', '=' -> mark(at, last, c, first);
            default -> BRACKETS.indexOf(c) >= 0 ? at + 1 : character(at, last);
        };
    }

    private int backtick(int at, boolean last, boolean first) {
        int end = run(at, '`');
        if (end == raw.length() && !last && end - at < 3) {
            lineStart = first;
            return -1;
        }
        inCode = end - at >= 3;
        return end;
    }

    private int link(int at, boolean last, char c) {
        boolean image = c == '!';
        int open = image ? at + 1 : at;
        if (image) {
            if (open == raw.length()) {
                return last ? keep(at) : -1;
            }
            if (raw.charAt(open) != '[') {
                return keep(at);
            }
        }
        int close = raw.indexOf("]", open);
        boolean far = raw.length() - at > LONGEST_LINK;
        if (close < 0) {
            return last || far ? open + 1 : -1;
        }
        if (close + 1 == raw.length() && !last) {
            return -1;
        }
        int end = close + 1;
        if (end < raw.length() && raw.charAt(end) == '(') {
            int shut = raw.indexOf(")", end);
            if (shut < 0 && !last && !far) {
                return -1;
            }
            end = shut < 0 ? end + 1 : shut + 1;
        }
        boolean note = close > open + 1 && raw.charAt(open + 1) == '^';
        if (!image && !note) {
            for (int i = open + 1; i < close; i++) {
                char inside = raw.charAt(i);
                if ("*_`~".indexOf(inside) < 0 && BRACKETS.indexOf(inside) < 0) {
                    emit(inside, end);
                }
            }
        }
        return end;
    }

    private int tag(int at, boolean last) {
        if (at + 1 == raw.length()) {
            return last ? keep(at) : -1;
        }
        char next = raw.charAt(at + 1);
        if (!Character.isLetter(next) && next != '/' && next != '|') {
            return keep(at);
        }
        int close = raw.indexOf(">", at);
        if (close >= 0) {
            return close + 1;
        }
        return last || raw.length() - at > LONGEST_TAG ? keep(at) : -1;
    }

    private int address(int at, boolean last, boolean first) {
        if (Character.isLetterOrDigit(before)) {
            return keep(at);
        }
        for (String start : ADDRESSES) {
            int there = raw.length() - at;
            if (there < start.length() && start.startsWith(raw.substring(at)) && !last) {
                lineStart = first;
                return -1;
            }
            if (raw.indexOf(start, at) == at) {
                int end = at;
                while (end < raw.length() && raw.charAt(end) > ' ' && raw.charAt(end) < 128 && raw.charAt(end) != ')') {
                    end++;
                }
                if (end == raw.length() && !last) {
                    return -1;
                }
                while (",.;:!?".indexOf(raw.charAt(end - 1)) >= 0) {
                    end--;
                }
                return end;
            }
        }
        return keep(at);
    }

    /** A mark that is Markdown at some places and a sign at others. */
    private int mark(int at, boolean last, char c, boolean first) {
        int end = run(at, c);
        if (end == raw.length() && !last) {
            lineStart = first;
            return -1;
        }
        char next = end < raw.length() ? raw.charAt(end) : '\n';
        boolean alone = end - at == 1;
        if (first && alone && next == ' ' && "*-+".indexOf(c) >= 0) {
            return end + 1;
        }
        boolean rule = first && end - at >= 3;
        return switch (c) {
            case '*' -> alone && before == ' ' && next == ' ' ? keep(at) : end;
            case '_' -> {
                if (Character.isLetterOrDigit(before) && Character.isLetterOrDigit(next)) {
                    emit(' ', end);
                }
                yield end;
            }
            case '~' -> alone && Character.isDigit(before) ? keep(at) : end;
            case '|' -> {
                emit(' ', end);
                yield end;
            }
            default -> rule ? end : keep(at);
        };
    }

    private int character(int at, boolean last) {
        char c = raw.charAt(at);
        if (Character.isHighSurrogate(c) && at + 1 == raw.length()) {
            return last ? at + 1 : -1;
        }
        int point = raw.codePointAt(at);
        int end = at + Character.charCount(point);
        if (!isPicture(point)) {
            for (int i = at; i < end; i++) {
                emit(raw.charAt(i), i + 1);
            }
        }
        return end;
    }

    private static boolean isPicture(int point) {
        int type = Character.getType(point);
        boolean joiner = point == 0x200D || point >= 0xFE00 && point <= 0xFE0F;
        boolean symbol = point >= 0x2190 && (type == Character.OTHER_SYMBOL || type == Character.MODIFIER_SYMBOL);
        return joiner || symbol || point >= 0x1F000 && point <= 0x1FAFF || point >= 0xE0000;
    }

    private int keep(int at) {
        emit(raw.charAt(at), at + 1);
        return at + 1;
    }

    private int skipRun(int at, char c, boolean first) {
        lineStart = first;
        return run(at, c);
    }

    private int run(int at, char c) {
        int end = at;
        while (end < raw.length() && raw.charAt(end) == c) {
            end++;
        }
        return end;
    }

    private void emit(char c, int end) {
        if (out.length() == ends.length) {
            ends = Arrays.copyOf(ends, 2 * ends.length);
        }
        ends[out.length()] = offset + end;
        out.append(c);
        before = c;
    }
}
