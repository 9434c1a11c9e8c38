package dev.qide.server.files.disk;

import dev.qide.server.files.WorkspacePath;
import dev.qide.server.linux.LinuxCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The properties that Linux keeps with a file besides its content: links, mounts, mode, extended
/// attributes (access control lists and SELinux labels among them). Thread-safe.
public final class FileProperties {
    private static final int NO_FOLLOW = 0x100;
    private static final int EFFECTIVE_IDS = 0x200;
    private static final int MAY_WRITE = 2;
    private static final int MODE_BITS = 07777;

    /// `statx`: the request flags, the size of the result, and the offsets in it.
    private static final int STATX_MODE_AND_LINKS = 0x2 | 0x4;

    private static final int STATX_BYTES = 256;
    private static final int STATX_ATTRIBUTES = 8;
    private static final int STATX_LINKS = 16;
    private static final int STATX_MODE = 28;
    private static final long IS_MOUNTED = 0x2000;

    /// The limits `XATTR_LIST_MAX` and `XATTR_SIZE_MAX`.
    private static final int ATTRIBUTE_BYTES = 64 << 10;

    private static final String ACCESS_LIST = "system.posix_acl_access";

    /// Attributes that certify the content, which is about to change.
    private static final Set<String> OF_THE_CONTENT =
            Set.of("security.capability", "security.ima", "security.evm");

    private static final int NO_DATA = 61;
    private static final int NOT_SUPPORTED = 95;

    private final LinuxCalls calls;
    private final MethodHandle statx;
    private final MethodHandle mayAccess;
    private final MethodHandle changeMode;
    private final MethodHandle list;
    private final MethodHandle get;
    private final MethodHandle set;
    private final MethodHandle remove;

    /// The properties of an inode.
    ///
    /// @param links the number of the file's names
    /// @param isMounted whether a file system is mounted at the file, as with `docker -v FILE:FILE`
    /// @param mode its mode bits, as for `chmod`
    public record Inode(int links, boolean isMounted, int mode) {
        /// Whether a new file under its name would break other links or a mount.
        public boolean isShared() {
            return links > 1 || isMounted;
        }
    }

    private FileProperties(LinuxCalls calls) {
        this.calls = calls;
        var integer = ValueLayout.JAVA_INT;
        var address = ValueLayout.ADDRESS;
        var size = ValueLayout.JAVA_LONG;
        statx = calls.function("statx", integer, address, integer, integer, address);
        mayAccess = calls.function("faccessat", integer, address, integer, integer);
        changeMode = calls.function("fchmod", integer, integer);
        list = calls.sizeFunction("flistxattr", integer, address, size);
        get = calls.sizeFunction("fgetxattr", integer, address, address, size);
        set = calls.function("fsetxattr", integer, address, address, size, integer);
        remove = calls.function("fremovexattr", integer, address);
    }

    /// The calls of this system; null where it has none.
    public static @Nullable FileProperties find() {
        var calls = LinuxCalls.find();
        return calls == null || !calls.has("statx") ? null : new FileProperties(calls);
    }

    /// Reads the properties of a file or folder.
    ///
    /// @throws NoSuchFileException when it does not exist
    public Inode inode(Path root, WorkspacePath path) throws IOException {
        return calls.inFolder(
                root, path.segments(), (arena, folder) -> inode(arena, folder, path.name()));
    }

    /// Whether this process may write to the file.
    public boolean isWritable(Path root, WorkspacePath path) throws IOException {
        return calls.inFolder(
                root,
                path.segments(),
                (arena, folder) -> {
                    int result =
                            (int)
                                    mayAccess.invokeExact(
                                            arena.allocate(LinuxCalls.STATE),
                                            folder,
                                            LinuxCalls.name(arena, path.name()),
                                            MAY_WRITE,
                                            NO_FOLLOW | EFFECTIVE_IDS);
                    return result == 0;
                });
    }

    /// Copies the mode and the extended attributes of the file at the path to another file in its
    /// folder.
    ///
    /// @return false when one of them cannot be copied
    public boolean copy(Path root, WorkspacePath path, String other) throws IOException {
        return calls.inFolder(
                root,
                path.segments(),
                (arena, folder) -> {
                    int mode = inode(arena, folder, path.name()).mode();
                    int from = calls.file(arena, folder, path.name());
                    try {
                        int to = calls.file(arena, folder, other);
                        try {
                            var state = arena.allocate(LinuxCalls.STATE);
                            int changed = (int) changeMode.invokeExact(state, to, mode);
                            return changed == 0 && copyAttributes(from, to);
                        } finally {
                            calls.close(to);
                        }
                    } finally {
                        calls.close(from);
                    }
                });
    }

    private boolean copyAttributes(int from, int to) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(LinuxCalls.STATE);
            var value = arena.allocate(ATTRIBUTE_BYTES);
            var names = names(from, arena);
            if (!names.contains(ACCESS_LIST)) {
                // The temporary file may have inherited one from its folder.
                int _ = (int) remove.invokeExact(state, to, arena.allocateFrom(ACCESS_LIST));
            }
            for (var name : names) {
                if (!OF_THE_CONTENT.contains(name) && !copy(from, to, name, value)) {
                    return false;
                }
            }
            return true;
        }
    }

    private boolean copy(int from, int to, String attribute, MemorySegment value) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(LinuxCalls.STATE);
            var name = arena.allocateFrom(attribute, StandardCharsets.ISO_8859_1);
            long size = (long) get.invokeExact(state, from, name, value, value.byteSize());
            if (size < 0) {
                // It was removed meanwhile.
                return LinuxCalls.errno(state) == NO_DATA;
            }
            int result = (int) set.invokeExact(state, to, name, value, size, 0);
            return result == 0 || hasSame(to, name, value.asSlice(0, size));
        }
    }

    /// Whether the file already has this attribute: a label that the system assigned to the new
    /// file cannot always be set.
    private boolean hasSame(int file, MemorySegment name, MemorySegment value) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(LinuxCalls.STATE);
            var now = arena.allocate(ATTRIBUTE_BYTES);
            long size = (long) get.invokeExact(state, file, name, now, now.byteSize());
            return size == value.byteSize() && now.asSlice(0, size).mismatch(value) < 0;
        }
    }

    private List<String> names(int file, Arena arena) throws Throwable {
        var state = arena.allocate(LinuxCalls.STATE);
        var buffer = arena.allocate(ATTRIBUTE_BYTES);
        long size = (long) list.invokeExact(state, file, buffer, buffer.byteSize());
        if (size < 0 && LinuxCalls.errno(state) == NOT_SUPPORTED) {
            return List.of();
        }
        LinuxCalls.check(size, state);
        var names = new ArrayList<String>();
        for (long at = 0; at < size; at += names.getLast().length() + 1L) {
            names.add(buffer.getString(at, StandardCharsets.ISO_8859_1));
        }
        return names;
    }

    private Inode inode(Arena arena, int folder, String name) throws Throwable {
        var state = arena.allocate(LinuxCalls.STATE);
        var answer = arena.allocate(STATX_BYTES, Long.BYTES);
        int result =
                (int)
                        statx.invokeExact(
                                state,
                                folder,
                                LinuxCalls.name(arena, name),
                                NO_FOLLOW,
                                STATX_MODE_AND_LINKS,
                                answer);
        LinuxCalls.check(result, state);
        return new Inode(
                answer.get(ValueLayout.JAVA_INT, STATX_LINKS),
                (answer.get(ValueLayout.JAVA_LONG, STATX_ATTRIBUTES) & IS_MOUNTED) != 0,
                answer.get(ValueLayout.JAVA_SHORT, STATX_MODE) & MODE_BITS);
    }
}
