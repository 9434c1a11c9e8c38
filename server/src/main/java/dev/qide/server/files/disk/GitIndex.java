package dev.qide.server.files.disk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The paths that a repository tracks, from its index (gitformat-index(5), versions 2 to 4, SHA-1
/// and SHA-256, split or whole). Immutable; reading takes time linear in the size.
public final class GitIndex {
    /// The maximum size; an index of 200,000 files has about 20 MiB.
    public static final int INDEX_BYTES = 32 << 20;

    private static final int MAGIC = 0x44495243;
    private static final int SHA_1_BYTES = 20;
    private static final int SHA_256_BYTES = 32;

    /// The bytes before the hash: two times, device, inode, mode, owner, group and size.
    private static final int STAT_BYTES = 40;

    private static final int MODE_AT = 24;
    private static final int EXTENDED = 0x4000;
    private static final int NAME_LENGTH = 0xFFF;
    private static final int FIXED_PADDING = 8;
    private static final int SUBMODULE = 0160000;
    private static final Set<Integer> MODES =
            Set.of(0040000, 0100644, 0100664, 0100755, 0120000, SUBMODULE);

    private static final GitIndex EMPTY = new GitIndex(new String[0]);

    private final String[] paths;

    /// Reads the shared part of a split index.
    @FunctionalInterface
    public interface SharedFile {
        /// @param name of the file beside the index
        /// @return at most [#INDEX_BYTES]; null when it is missing or larger
        byte @Nullable [] read(String name);
    }

    /// The paths of one file, in its order.
    ///
    /// @param split names the file with further paths; null for none
    private record Entries(String[] paths, @Nullable SplitIndex split) {}

    private GitIndex(String[] paths) {
        this.paths = paths;
    }

    /// The index of a repository without tracked files.
    public static GitIndex empty() {
        return EMPTY;
    }

    /// Parses an index; null when the bytes are not one, or its shared part cannot be read.
    public static @Nullable GitIndex parse(byte[] bytes, SharedFile sharedFile) {
        var entries = entries(bytes);
        var split = entries == null ? null : entries.split();
        if (entries == null || split == null) {
            return entries == null ? null : sorted(Stream.of(entries.paths()));
        }
        var content = sharedFile.read(split.sharedFile());
        var shared = content == null ? null : entries(content);
        if (shared == null) {
            return null;
        }
        var kept =
                IntStream.range(0, shared.paths().length)
                        .filter(i -> !split.deleted().get(i))
                        .mapToObj(i -> shared.paths()[i]);
        // An entry that replaces a shared one has no name.
        var added = Stream.of(entries.paths()).filter(path -> !path.isEmpty());
        return sorted(Stream.concat(kept, added));
    }

    /// The index is sorted by bytes, which differs from string order only for rare characters.
    private static GitIndex sorted(Stream<String> paths) {
        return new GitIndex(paths.sorted().toArray(String[]::new));
    }

    /// Whether the path is a tracked file or submodule, or a folder with a tracked file.
    public boolean tracks(String path) {
        if (Arrays.binarySearch(paths, path) >= 0) {
            return true;
        }
        var within = path + "/";
        int next = -Arrays.binarySearch(paths, within) - 1;
        return next >= 0 && next < paths.length && paths[next].startsWith(within);
    }

    /// Whether both track the same paths.
    public boolean isLike(GitIndex other) {
        return Arrays.equals(paths, other.paths);
    }

    /// The tracked paths, sorted.
    List<String> paths() {
        return List.of(paths);
    }

    private static @Nullable Entries entries(byte[] bytes) {
        var entries = entries(bytes, SHA_1_BYTES);
        return entries == null ? entries(bytes, SHA_256_BYTES) : entries;
    }

    private static @Nullable Entries entries(byte[] bytes, int hashBytes) {
        var in = ByteBuffer.wrap(bytes);
        try {
            int magic = in.getInt();
            int version = in.getInt();
            int count = in.getInt();
            int least = STAT_BYTES + hashBytes + Short.BYTES + 1;
            boolean isPossible = count >= 0 && count <= bytes.length / least;
            if (magic != MAGIC || version < 2 || version > 4 || !isPossible) {
                return null;
            }
            var reading = new Reading(in, version, hashBytes);
            var paths = reading.paths(count);
            return paths == null ? null : new Entries(paths, reading.split());
        } catch (BufferUnderflowException _) {
            return null;
        }
    }

    private static final class Reading {
        private final ByteBuffer in;
        private final int version;
        private final int hashBytes;
        private byte[] name = new byte[256];
        private int nameBytes;

        Reading(ByteBuffer in, int version, int hashBytes) {
            this.in = in;
            this.version = version;
            this.hashBytes = hashBytes;
        }

        String @Nullable [] paths(int count) {
            var paths = new String[count];
            for (int i = 0; i < count; i++) {
                int begin = in.position();
                if (in.remaining() < STAT_BYTES + hashBytes) {
                    return null;
                }
                boolean isMode = MODES.contains(in.getInt(begin + MODE_AT));
                skip(STAT_BYTES + hashBytes);
                int flags = in.getShort();
                if ((flags & EXTENDED) != 0) {
                    skip(Short.BYTES);
                }
                readName();
                int length = flags & NAME_LENGTH;
                if (!isMode || (length != NAME_LENGTH && length != nameBytes)) {
                    return null;
                }
                if (version < 4) {
                    // One to eight zeros, the first of which has been read, pad it to a multiple of
                    // eight.
                    int rest = (in.position() - begin) % FIXED_PADDING;
                    skip(rest == 0 ? 0 : FIXED_PADDING - rest);
                }
                paths[i] = new String(name, 0, nameBytes, StandardCharsets.UTF_8);
            }
            return paths;
        }

        /// Looks through the extensions behind the entries.
        @Nullable SplitIndex split() {
            while (in.remaining() > hashBytes) {
                int signature = in.getInt();
                int size = in.getInt();
                if (size < 0 || size > in.remaining()) {
                    throw new BufferUnderflowException();
                }
                if (signature == SplitIndex.SIGNATURE) {
                    return SplitIndex.read(in.slice(in.position(), size), hashBytes, INDEX_BYTES);
                }
                skip(size);
            }
            return null;
        }

        private void readName() {
            int kept = version < 4 ? 0 : nameBytes - variableInt();
            if (kept < 0 || kept > nameBytes) {
                throw new BufferUnderflowException();
            }
            nameBytes = kept;
            for (byte next = in.get(); next != 0; next = in.get()) {
                if (nameBytes == name.length) {
                    name = Arrays.copyOf(name, 2 * nameBytes);
                }
                name[nameBytes++] = next;
            }
        }

        /// Decodes a number as in the offsets of a pack file: each continuation byte also adds one.
        private int variableInt() {
            int next = in.get();
            long value = next & 0x7F;
            while ((next & 0x80) != 0) {
                next = in.get();
                value = ((value + 1) << 7) | (next & 0x7F);
                if (value > INDEX_BYTES) {
                    throw new BufferUnderflowException();
                }
            }
            return (int) value;
        }

        private void skip(int count) {
            if (count > in.remaining()) {
                throw new BufferUnderflowException();
            }
            in.position(in.position() + count);
        }
    }
}
