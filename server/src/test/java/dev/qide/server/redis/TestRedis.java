package dev.qide.server.redis;

import dev.qide.server.Await;
import dev.qide.server.FreePort;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A `redis-server` on a loopback port, without files. It can be killed, stopped and started again
/// on the same port. Owned by one thread.
public final class TestRedis implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String OK = "+OK";

    private final Path folder;
    private final int port;
    private final String password;
    private Process process;
    private Thread killer;

    private TestRedis(Path folder, String password) throws IOException {
        this.folder = folder;
        this.password = password;
        port = FreePort.next();
        begin();
    }

    /// Starts one without a password.
    ///
    /// @param folder for its log
    public static TestRedis start(Path folder) throws IOException {
        return new TestRedis(folder, "");
    }

    /// Starts one with a password.
    public static TestRedis start(Path folder, String password) throws IOException {
        return new TestRedis(folder, password);
    }

    /// Its address with the password.
    public RedisAddress address() {
        return addressWith(password);
    }

    /// Its address with another password, or without one.
    public RedisAddress addressWith(String other) {
        return RedisAddress.parse("redis://:" + other + "@127.0.0.1:" + port);
    }

    /// Starts it again, empty.
    public void begin() throws IOException {
        var command = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--appendonly", "no"));
        command.addAll(List.of("--dir", folder.toString()));
        if (!password.isEmpty()) {
            command.addAll(List.of("--requirepass", password));
        }
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("redis.log").toFile())
                            .start();
        } catch (IOException missing) {
            throw new IOException(
                    "These tests need redis-server: apt-get install redis-server", missing);
        }
        killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        Await.await("redis-server answers", START, this::answers);
    }

    /// SIGKILL.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        var _ = Runtime.getRuntime().removeShutdownHook(killer);
    }

    /// SIGSTOP: it accepts connections and never answers.
    public void stop() throws IOException, InterruptedException {
        signal("STOP");
    }

    /// SIGCONT.
    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    /// The values of its answer to a command.
    public List<String> ask(String command) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) ANSWER.toMillis());
            var out = socket.getOutputStream();
            var in = new BufferedInputStream(socket.getInputStream());
            if (!password.isEmpty()) {
                out.write(("AUTH " + password + "\r\n").getBytes(StandardCharsets.UTF_8));
                if (!OK.equals(line(in))) {
                    throw new IOException("the login failed");
                }
            }
            out.write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            var values = new ArrayList<String>();
            read(in, values);
            return values;
        }
    }

    /// RESP2, without the lengths.
    private static void read(InputStream in, List<String> values) throws IOException {
        var first = line(in);
        int number = first.matches("[*$]-?\\d+") ? Integer.parseInt(first.substring(1)) : 0;
        if (first.startsWith("*")) {
            for (int i = 0; i < number; i++) {
                read(in, values);
            }
        } else if (!first.startsWith("$")) {
            values.add(first);
        } else if (number >= 0) {
            values.add(new String(in.readNBytes(number), StandardCharsets.UTF_8));
            var _ = line(in);
        }
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection ended");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /// How many servers have just asked whether it answers.
    public long clients() throws IOException {
        return ask("CLIENT LIST")
                .getFirst()
                .lines()
                .filter(line -> line.contains("name=qide") && line.contains("cmd=eval"))
                .count();
    }

    private boolean answers() {
        try {
            return ask("PING").contains("+PONG");
        } catch (IOException _) {
            if (!process.isAlive()) {
                throw new AssertionError("redis-server ended: see " + folder + "/redis.log");
            }
            return false;
        }
    }

    private void signal(String name) throws IOException, InterruptedException {
        int exit =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor();
        if (exit != 0) {
            throw new IOException("kill -" + name + " failed");
        }
    }

    @Override
    public void close() {
        try {
            if (process.isAlive()) {
                kill();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
