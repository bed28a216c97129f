package dev.stride.samples;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** One of the three parts of a data set, and the rule that sends things to them: by a hash of their name. */
enum Split {
    TRAIN,
    VALIDATION,
    TEST;

    private static final int HUNDRED = 100;

    /**
     * The part a name belongs to: of every hundred hash values, the first {@code percent} are validation, as many after
     * them test, and the rest train. The same name is always in the same part, on any machine.
     */
    static Split of(String name, int percent) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        long place = crc.getValue() % HUNDRED;
        if (place < percent) {
            return VALIDATION;
        }
        return place < 2L * percent ? TEST : TRAIN;
    }
}
