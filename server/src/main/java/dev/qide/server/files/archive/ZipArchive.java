package dev.qide.server.files.archive;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// An untrusted zip file, read by its central directory (APPNOTE.TXT 6.3, sections 4.3.7 to
/// 4.3.16). Every length is checked before use, entries must not share bytes, and both headers of
/// an entry must agree. Supports what archives of source files need: stored and deflated entries
/// with names in UTF-8; no encryption, ZIP64 or multiple disks. Owned by one thread.
public final class ZipArchive implements AutoCloseable {
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int COMMENT_BYTES = 0xFFFF;
    private static final int CENTRAL = 0x02014b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int DIRECTORY_BYTES = 8 << 20;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED = 0x1 | 0x40 | 0x2000;
    private static final int BUFFER_BYTES = 64 << 10;

    private final FileChannel channel;

    /// An entry.
    ///
    /// @param name the name in the archive, without the `/` at the end of a folder's name
    /// @param packed its size in the archive, in bytes
    /// @param bytes its declared unpacked size
    /// @param at the offset of its local header
    public record Entry(
            String name, boolean isFolder, int method, int crc, long packed, long bytes, long at) {}

    public ZipArchive(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    /// The entries.
    ///
    /// @param atMost the maximum number of entries
    /// @throws FailureException `ARCHIVE_REFUSED`, `TOO_MANY_FILES`
    public List<Entry> entries(int atMost) throws IOException {
        var end = end();
        int count = Short.toUnsignedInt(end.getShort(10));
        long size = Integer.toUnsignedLong(end.getInt(12));
        long at = Integer.toUnsignedLong(end.getInt(16));
        boolean isOneDisk = end.getInt(4) == 0 && end.getShort(8) == end.getShort(10);
        if (!isOneDisk || count == 0xFFFF || at == 0xFFFF_FFFFL) {
            throw refused("zip64-or-several-disks", "");
        }
        if (at + size != endAt(end)) {
            throw refused("directory", "");
        }
        if (count > atMost || size > DIRECTORY_BYTES) {
            throw new FailureException(Failure.TOO_MANY_FILES, Map.of("limit", "" + atMost));
        }
        var directory = bytes(at, (int) size);
        var entries = new ArrayList<Entry>();
        for (int i = 0; i < count; i++) {
            entries.add(entry(directory));
        }
        if (directory.hasRemaining()) {
            throw refused("directory", "");
        }
        requireApart(entries, at);
        return entries;
    }

    /// The content of an entry.
    ///
    /// @throws FailureException `ARCHIVE_REFUSED` when it does not match its headers
    public byte[] content(Entry entry) throws IOException {
        var content = new byte[(int) entry.bytes()];
        read(entry, content);
        return content;
    }

    /// Reads an entry to its end without keeping the content.
    ///
    /// @throws FailureException `ARCHIVE_REFUSED` when it does not match its headers
    public void check(Entry entry) throws IOException {
        read(entry, null);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    public static FailureException refused(String reason, String entry) {
        return new FailureException(
                Failure.ARCHIVE_REFUSED,
                entry.isEmpty()
                        ? Map.of("reason", reason)
                        : Map.of("reason", reason, "entry", entry));
    }

    private void read(Entry entry, byte @org.jspecify.annotations.Nullable [] into)
            throws IOException {
        long from = dataAt(entry);
        var crc = new CRC32();
        var packed = new byte[BUFFER_BYTES];
        var buffer = new byte[BUFFER_BYTES];
        long done = 0;
        long left = entry.packed();
        try (var inflater = new Inflater(true)) {
            boolean isStored = entry.method() == STORED;
            while (isStored ? left > 0 : !inflater.finished()) {
                int count;
                if (isStored || inflater.needsInput()) {
                    if (left == 0) {
                        throw refused("cut", entry.name());
                    }
                    int next = (int) Math.min(left, BUFFER_BYTES);
                    bytes(from, next).get(packed, 0, next);
                    from += next;
                    left -= next;
                    inflater.setInput(packed, 0, next);
                    count = isStored ? next : 0;
                } else {
                    count = inflater.inflate(buffer);
                    if (count == 0 && inflater.needsDictionary()) {
                        throw refused("dictionary", entry.name());
                    }
                }
                if (done + count > entry.bytes()) {
                    throw refused("larger-than-it-says", entry.name());
                }
                var made = isStored ? packed : buffer;
                crc.update(made, 0, count);
                if (into != null) {
                    System.arraycopy(made, 0, into, (int) done, count);
                }
                done += count;
            }
        } catch (DataFormatException damaged) {
            throw refused("damaged", entry.name());
        }
        if (done != entry.bytes() || (int) crc.getValue() != entry.crc()) {
            throw refused("damaged", entry.name());
        }
    }

    private Entry entry(ByteBuffer directory) {
        if (directory.remaining() < CENTRAL_BYTES
                || directory.getInt(directory.position()) != CENTRAL) {
            throw refused("directory", "");
        }
        var head =
                directory.slice(directory.position(), CENTRAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        directory.position(directory.position() + CENTRAL_BYTES);
        int nameBytes = Short.toUnsignedInt(head.getShort(28));
        int rest = Short.toUnsignedInt(head.getShort(30)) + Short.toUnsignedInt(head.getShort(32));
        if (directory.remaining() < nameBytes + rest) {
            throw refused("directory", "");
        }
        var raw = new byte[nameBytes];
        directory.get(raw).position(directory.position() + rest);
        var name = name(raw);
        boolean isFolder = name.endsWith("/");
        requirePlain(head, name, isFolder);
        return new Entry(
                isFolder ? name.substring(0, name.length() - 1) : name,
                isFolder,
                Short.toUnsignedInt(head.getShort(10)),
                head.getInt(16),
                Integer.toUnsignedLong(head.getInt(20)),
                Integer.toUnsignedLong(head.getInt(24)),
                Integer.toUnsignedLong(head.getInt(42)));
    }

    private static void requirePlain(ByteBuffer head, String name, boolean isFolder) {
        int method = head.getShort(10);
        if ((head.getShort(8) & ENCRYPTED) != 0) {
            throw refused("encrypted", name);
        }
        if (method != STORED && method != DEFLATED) {
            throw refused("method", name);
        }
        int system = Byte.toUnsignedInt(head.get(5));
        int kind = system == 3 || system == 19 ? head.getInt(38) >>> 16 & 0170000 : 0;
        if (kind == 0120000) {
            throw refused("link", name);
        }
        if (kind != 0 && kind != (isFolder ? 0040000 : 0100000)) {
            throw refused("not-a-file", name);
        }
        if (method == STORED && !isFolder && head.getInt(20) != head.getInt(24)) {
            throw refused("damaged", name);
        }
    }

    /// Decodes a name as UTF-8, whether or not the entry declares it. Other encodings would have to
    /// be guessed and are refused.
    private static String name(byte[] raw) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
        } catch (CharacterCodingException notUtf8) {
            throw refused("name-not-utf-8", new String(raw, StandardCharsets.US_ASCII));
        }
    }

    /// Entries that share bytes would unpack to more than was sent.
    private static void requireApart(List<Entry> entries, long directoryAt) {
        var sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::at));
        long end = 0;
        for (var entry : sorted) {
            if (entry.at() < end) {
                throw refused("overlap", entry.name());
            }
            end = entry.at() + LOCAL_BYTES + entry.packed();
        }
        if (end > directoryAt) {
            throw refused("overlap", "");
        }
    }

    private long dataAt(Entry entry) throws IOException {
        var head = bytes(entry.at(), LOCAL_BYTES);
        int nameBytes = Short.toUnsignedInt(head.getShort(26));
        var name = new byte[nameBytes];
        if (head.getInt(0) != LOCAL) {
            throw refused("damaged", entry.name());
        }
        bytes(entry.at() + LOCAL_BYTES, nameBytes).get(name);
        if (!name(name).equals(entry.isFolder() ? entry.name() + "/" : entry.name())) {
            throw refused("two-names", entry.name());
        }
        return entry.at() + LOCAL_BYTES + nameBytes + Short.toUnsignedInt(head.getShort(28));
    }

    /// Finds the end of the central directory, the last record in the file, which may have a
    /// comment.
    private ByteBuffer end() throws IOException {
        int most = (int) Math.min(channel.size(), END_BYTES + COMMENT_BYTES);
        var tail = bytes(channel.size() - most, most);
        for (int at = most - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END
                    && at + END_BYTES + Short.toUnsignedInt(tail.getShort(at + 20)) == most) {
                return tail.slice(at, most - at).order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw refused("no-zip", "");
    }

    private long endAt(ByteBuffer end) throws IOException {
        return channel.size() - end.capacity();
    }

    private ByteBuffer bytes(long at, int count) throws IOException {
        var buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (at < 0 || channel.read(buffer, at + buffer.position()) < 0) {
                throw refused("cut", "");
            }
        }
        return buffer.flip();
    }
}
