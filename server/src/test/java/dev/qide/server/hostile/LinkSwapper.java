package dev.qide.server.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// Exchanges a folder of a workspace, and a file, for links that lead outside, and back, like a
/// person with a shell there.
final class LinkSwapper implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(4);
    private static final int TURNS_OF_A_FOLDER = 50;
    private static final String INSIDE = "inside\n";

    private final Path workspace;
    private final Path outside;
    private final Path folder;
    private final Path aside;
    private final AtomicLong swaps = new AtomicLong();
    private final Thread thread;
    private volatile boolean isOver;

    /// @param outside a new folder outside every workspace
    LinkSwapper(Path workspace, Path outside) throws IOException {
        this.workspace = workspace;
        this.outside = outside;
        folder = workspace.resolve("swap");
        aside = workspace.resolve("aside");
        Files.createDirectories(outside.resolve("deep"));
        for (var file : List.of("secret.txt", "inside.txt", "deep/secret.txt")) {
            Files.writeString(outside.resolve(file), AttackCounts.SECRET + "\n");
        }
        fill(folder);
        Files.writeString(workspace.resolve("link.txt"), INSIDE);
        thread = Thread.ofPlatform().name("links").start(this::run);
    }

    long swaps() {
        return swaps.get();
    }

    /// The unexpected or changed content of the outside folder.
    List<String> changes() throws IOException {
        try (var all = Files.walk(outside)) {
            return all.filter(path -> !isPlanted(path)).map(Path::toString).toList();
        }
    }

    @Override
    public void close() {
        isOver = true;
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isPlanted(Path path) {
        try {
            return Files.isDirectory(path)
                    ? path.equals(outside) || path.equals(outside.resolve("deep"))
                    : Files.readString(path).equals(AttackCounts.SECRET + "\n");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void run() {
        while (!isOver) {
            try {
                Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
                Files.createSymbolicLink(folder, outside);
                link("link.txt", outside.resolve("secret.txt"));
                LockSupport.parkNanos(PERIOD.toNanos());
                Files.delete(folder);
                Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
                file("link.txt");
                LockSupport.parkNanos(PERIOD.toNanos());
                if (swaps.incrementAndGet() % TURNS_OF_A_FOLDER == 0) {
                    // The content of the folder must be created again.
                    repair();
                }
            } catch (IOException | UncheckedIOException _) {
                // The server may create something under the name between two steps.
                repair();
            }
        }
        repair();
    }

    private void link(String name, Path target) throws IOException {
        var fresh = workspace.resolve(name + ".link");
        Files.deleteIfExists(fresh);
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, workspace.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void file(String name) throws IOException {
        var fresh = workspace.resolve(name + ".file");
        Files.writeString(fresh, INSIDE);
        Files.move(fresh, workspace.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void repair() {
        try {
            remove(folder);
            remove(aside);
            fill(folder);
        } catch (IOException | UncheckedIOException _) {
            // The next round tries again.
            LockSupport.parkNanos(PERIOD.toNanos());
        }
    }

    private static void fill(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("deep"));
        Files.writeString(folder.resolve("inside.txt"), INSIDE);
    }

    /// Removes a link without its target, or a folder with its content.
    private static void remove(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(path);
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (var each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
