package dev.qide.server.files.watch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The mount points of file systems whose files other machines change without a local event.
/// Immutable.
final class NetworkMounts {
    private static final Path MOUNTS = Path.of("/proc/self/mounts");
    private static final int MOUNTS_BYTES = 1 << 20;
    private static final Set<String> TYPES =
            Set.of(
                    "9p",
                    "afs",
                    "ceph",
                    "cifs",
                    "fakeowner",
                    "glusterfs",
                    "lustre",
                    "nfs",
                    "nfs4",
                    "prl_fs",
                    "smb3",
                    "smbfs",
                    "vboxsf",
                    "virtiofs",
                    "vmhgfs");

    private final List<Mount> mounts;

    private record Mount(Path path, boolean isNetwork) {}

    private NetworkMounts(List<Mount> mounts) {
        this.mounts = mounts;
    }

    /// The network mounts of this system; none where it does not list them.
    static NetworkMounts read() {
        try (var in = Files.newInputStream(MOUNTS)) {
            return parse(new String(in.readNBytes(MOUNTS_BYTES), StandardCharsets.UTF_8));
        } catch (IOException _) {
            return new NetworkMounts(List.of());
        }
    }

    /// @param text lines of fstab(5)
    static NetworkMounts parse(String text) {
        var mounts = new ArrayList<Mount>();
        for (var line : text.split("\n", -1)) {
            var fields = line.split(" ", 4);
            if (fields.length == 4 && fields[1].startsWith("/") && fields[1].indexOf('\0') < 0) {
                var type = fields[2];
                boolean isNetwork = TYPES.contains(type) || type.startsWith("fuse.");
                mounts.add(new Mount(Path.of(unescaped(fields[1])), isNetwork));
            }
        }
        return new NetworkMounts(mounts);
    }

    /// Whether the folder is on such a file system.
    boolean covers(Path folder) {
        Mount nearest = null;
        for (var mount : mounts) {
            boolean isNearer =
                    nearest == null || mount.path().getNameCount() >= nearest.path().getNameCount();
            if (isNearer && folder.startsWith(mount.path())) {
                nearest = mount;
            }
        }
        return nearest != null && nearest.isNetwork();
    }

    /// Decodes blanks, tabs, line breaks and backslashes, which are written in octal.
    private static String unescaped(String path) {
        return path.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
