package dev.stride.serve;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * A file of a page, in the program itself.
 *
 * @param file beside this class, or from the root of the class path where it begins with a slash
 * @param type the media type
 */
record Asset(String file, String type) {
    static Asset html(String file) {
        return new Asset(file, Answer.HTML);
    }

    static Asset style(String file) {
        return new Asset(file, "text/css; charset=utf-8");
    }

    static Asset script(String file) {
        return new Asset(file, "text/javascript; charset=utf-8");
    }

    Answer answer() throws IOException {
        try (InputStream in = Asset.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not in the program");
            }
            return new Answer(200, type, in.readAllBytes(), Map.of());
        }
    }
}
