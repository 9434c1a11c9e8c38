package dev.qide.server.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One thread that serves many client connections and their timers, so that thousands of slow
/// clients use hardly any CPU time.
///
/// Any thread may call [#execute]; everything else, and every callback, runs on the loop's thread.
final class EventLoop implements AutoCloseable {
    private static final long CLOSE_MILLIS = 10_000;
    private static final long LONGEST_SLEEP_MILLIS = 100;

    private final Selector selector = Selector.open();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Latencies lag;
    private final Thread thread;
    private long timerNumber;
    private volatile boolean isClosing;

    private record Timer(long at, long number, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int order = Long.compare(at - other.at, 0);
            return order != 0 ? order : Long.compare(number, other.number);
        }
    }

    /// @param lag receives the delay of each timer: how much the machine slowed down the clients
    ///   themselves
    EventLoop(String name, Latencies lag) throws IOException {
        this.lag = lag;
        thread = Thread.ofPlatform().name(name).start(this::run);
    }

    /// Runs a task on the loop's thread.
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /// Runs a task after a delay.
    void after(Duration wait, Runnable task) {
        timers.add(new Timer(System.nanoTime() + wait.toNanos(), timerNumber++, task));
    }

    /// Opens a connection.
    ///
    /// @param from its local loopback address
    /// @param receiveBytes the kernel's receive buffer, 0 for its default
    void connect(InetAddress from, int port, int receiveBytes, TcpConnection tcpConnection) {
        try {
            var channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (receiveBytes > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBytes);
            }
            channel.bind(new InetSocketAddress(from, 0));
            var key = channel.register(selector, SelectionKey.OP_CONNECT, tcpConnection);
            tcpConnection.begin(channel, key);
            if (channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                tcpConnection.connected();
            }
        } catch (IOException _) {
            tcpConnection.end();
        }
    }

    /// The exception that ended the loop: a defect of the test.
    void check() {
        var broken = failure.get();
        if (broken != null) {
            throw new AssertionError("a client's loop broke", broken);
        }
    }

    /// Ends all connections abruptly.
    @Override
    public void close() throws IOException {
        isClosing = true;
        selector.wakeup();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        selector.close();
    }

    private void run() {
        try {
            while (!isClosing) {
                turn();
            }
            for (var key : new ArrayList<>(selector.keys())) {
                key.channel().close();
            }
        } catch (IOException | RuntimeException | Error broken) {
            failure.set(broken);
        }
    }

    private void turn() throws IOException {
        var first = timers.peek();
        long sleep = LONGEST_SLEEP_MILLIS;
        if (first != null) {
            sleep = Math.min(sleep, (first.at - System.nanoTime() + 999_999) / 1_000_000);
        }
        if (sleep > 0) {
            selector.select(LoopKey::ready, sleep);
        } else {
            selector.selectNow(LoopKey::ready);
        }
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        long now = System.nanoTime();
        for (var due = timers.peek(); due != null && due.at - now <= 0; due = timers.peek()) {
            timers.remove();
            lag.add(now - due.at);
            due.task.run();
        }
    }

    private static final class LoopKey {
        static void ready(SelectionKey key) {
            var tcpConnection = (TcpConnection) key.attachment();
            if (key.isValid() && key.isConnectable()) {
                tcpConnection.connected();
            }
            if (key.isValid() && key.isReadable()) {
                tcpConnection.readable();
            }
            if (key.isValid() && key.isWritable()) {
                tcpConnection.writable();
            }
        }
    }
}
