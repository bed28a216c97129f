package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of contents of a zip archive, read so that stored entries can be mapped where they lie.
 *
 * <p>Only what torch writes is read: entries that are neither compressed nor encrypted, in one archive file, with the
 * 64-bit forms for large ones (PKWARE APPNOTE 4.3.12 to 4.3.16, 4.5.3).
 */
final class ZipDirectory {
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int ZIP64_EXTRA = 0x0001;
    private static final long SEE_ZIP64 = 0xFFFFFFFFL;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;

    /** About 100,000 entries. */
    private static final long LARGEST_DIRECTORY = 16L << 20;

    /** Where an entry's bytes lie in the archive. */
    record Entry(String name, long offset, long size) {}

    /** Where the directory lies in the archive. */
    private record Place(long offset, long size) {}

    private final MappedFile file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private ZipDirectory(MappedFile file) {
        this.file = file;
    }

    /** The stored entries by name. */
    static Map<String, Entry> read(MappedFile file) {
        ZipDirectory directory = new ZipDirectory(file);
        Place place = directory.locate();
        directory.readEntries(place);
        return directory.entries;
    }

    private Place locate() {
        long tailBytes = Math.min(file.size(), END_BYTES + LONGEST_COMMENT);
        long tailStart = file.size() - tailBytes;
        ByteBuffer tail = file.copy(tailStart, tailBytes);
        for (int at = (int) tailBytes - END_BYTES; at >= 0; at--) {
            boolean commentFits = at + END_BYTES + unsignedShort(tail, at + 20) == tailBytes;
            if (commentFits && tail.getInt(at) == END_SIGNATURE) {
                long end = tailStart + at;
                Place place = place64(end);
                if (place == null) {
                    place = new Place(unsignedInt(tail, at + 16), unsignedInt(tail, at + 12));
                }
                return checked(place, end);
            }
        }
        throw fail(
                "no zip directory at the end of its " + file.size() + " bytes",
                "a file written by torch.save; this one is cut short or of another kind");
    }

    private @Nullable Place place64(long end) {
        if (end < LOCATOR_BYTES) {
            return null;
        }
        ByteBuffer locator = file.copy(end - LOCATOR_BYTES, LOCATOR_BYTES);
        if (locator.getInt(0) != LOCATOR_SIGNATURE) {
            return null;
        }
        long at = locator.getLong(8);
        if (at < 0 || at > end - LOCATOR_BYTES - END64_BYTES) {
            throw fail("the zip64 directory's end is said to be at " + at, "a place inside the file");
        }
        ByteBuffer end64 = file.copy(at, END64_BYTES);
        if (end64.getInt(0) != END64_SIGNATURE) {
            throw fail("no zip64 directory's end at " + at, "its signature");
        }
        return new Place(end64.getLong(48), end64.getLong(40));
    }

    private Place checked(Place place, long end) {
        if (place.size < 0 || place.size > LARGEST_DIRECTORY || place.offset < 0 || place.offset > end - place.size) {
            throw fail(
                    "the zip directory is said to have " + place.size + " bytes at " + place.offset,
                    "a place inside the file and at most " + LARGEST_DIRECTORY + " bytes");
        }
        return place;
    }

    private void readEntries(Place place) {
        ByteBuffer directory = file.copy(place.offset, place.size);
        while (directory.hasRemaining()) {
            int at = directory.position();
            if (directory.remaining() < CENTRAL_BYTES || directory.getInt(at) != CENTRAL_SIGNATURE) {
                throw fail("the zip directory is damaged at byte " + (place.offset + at), "an entry");
            }
            int nameBytes = unsignedShort(directory, at + 28);
            int extraBytes = unsignedShort(directory, at + 30);
            int commentBytes = unsignedShort(directory, at + 32);
            if (directory.remaining() < CENTRAL_BYTES + nameBytes + extraBytes + commentBytes) {
                throw fail("the zip directory is damaged at byte " + (place.offset + at), "a whole entry");
            }
            byte[] name = new byte[nameBytes];
            directory.get(at + CENTRAL_BYTES, name);
            readEntry(
                    new String(name, StandardCharsets.UTF_8),
                    directory,
                    at,
                    directory.slice(at + CENTRAL_BYTES + nameBytes, extraBytes).order(directory.order()),
                    place.offset);
            directory.position(at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes);
        }
    }

    private void readEntry(String name, ByteBuffer directory, int at, ByteBuffer extra, long directoryOffset) {
        String who = "entry " + Printable.quoted(name) + " ";
        if ((unsignedShort(directory, at + 8) & ENCRYPTED) != 0 || unsignedShort(directory, at + 10) != STORED) {
            throw fail(who + "is compressed or encrypted", "stored entries, as torch.save writes them");
        }
        long packed = unsignedInt(directory, at + 20);
        long size = unsignedInt(directory, at + 24);
        long local = unsignedInt(directory, at + 42);
        if (packed == SEE_ZIP64 || size == SEE_ZIP64 || local == SEE_ZIP64) {
            ByteBuffer wide = zip64Extra(who, extra);
            // the fields stand in this order, and only those that did not fit
            size = size == SEE_ZIP64 ? nextLong(who, wide) : size;
            packed = packed == SEE_ZIP64 ? nextLong(who, wide) : packed;
            local = local == SEE_ZIP64 ? nextLong(who, wide) : local;
        }
        if (packed != size || size < 0 || local < 0 || local > directoryOffset - LOCAL_BYTES) {
            throw fail(who + "is said to have " + size + " bytes at " + local, "a place inside the file");
        }
        ByteBuffer header = file.copy(local, LOCAL_BYTES);
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw fail(who + "does not begin at " + local, "its signature there");
        }
        long offset = local + LOCAL_BYTES + unsignedShort(header, 26) + unsignedShort(header, 28);
        if (offset > directoryOffset - size) {
            throw fail(who + "of " + size + " bytes at " + offset + " reaches beyond the archive", "");
        }
        if (entries.put(name, new Entry(name, offset, size)) != null) {
            throw fail(who + "is there twice", "once");
        }
    }

    private ByteBuffer zip64Extra(String who, ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Short.toUnsignedInt(extra.getShort());
            if (length > extra.remaining()) {
                break;
            }
            if (id == ZIP64_EXTRA) {
                return extra.slice(extra.position(), length).order(extra.order());
            }
            extra.position(extra.position() + length);
        }
        throw fail(who + "says that its size is 64 bits wide but does not give it", "a zip64 field");
    }

    private long nextLong(String who, ByteBuffer wide) {
        if (wide.remaining() < Long.BYTES) {
            throw fail(who + "has a zip64 field that is too short", "");
        }
        return wide.getLong();
    }

    private static int unsignedShort(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at));
    }

    private static long unsignedInt(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at));
    }

    private UserException fail(String given, String allowed) {
        return new UserException(
                "Cannot read " + file.path(), List.of(Problem.of(file.path().toString(), given, allowed)));
    }
}
