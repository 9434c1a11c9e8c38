package dev.qide.server.hostile;

import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// Ten people, two at each of five documents, and a reader of a small file, on one thread.
final class TypingPeople implements AutoCloseable {
    static final int PEOPLE = 10;
    static final int DOCUMENTS = PEOPLE / 2;

    /// Each types three to five edits a second.
    private static final Person.Typing TYPING =
            new Person.Typing(Duration.ofMillis(200), Duration.ofMillis(333));

    private static final Duration READ_EVERY = Duration.ofMillis(250);
    private static final byte[] READY = Wire.request("GET", "/ready", "");
    private static final Duration READ_WAIT = Duration.ofSeconds(10);
    private static final long LOOP_SECONDS = 30;

    private final Latencies lag = new Latencies();
    private final EventLoop eventLoop = new EventLoop("people", lag);
    private final List<Person> people = new ArrayList<>();
    private final List<String> troubles = new ArrayList<>();
    private final InetAddress here = InetAddress.getLoopbackAddress();
    private final AttackTargets attackTargets;
    private final byte[] read;
    private Phase phase;

    /// @param round distinguishes authors from those of other rounds
    TypingPeople(AttackTargets attackTargets, Phase first, int round) throws IOException {
        this.attackTargets = attackTargets;
        phase = first;
        var path = "/api/workspaces/" + AttackTargets.PEOPLE + "/files/small.txt";
        read = Wire.request("GET", path, attackTargets.token("a reader", Scope.READ));
        for (int i = 0; i < PEOPLE; i++) {
            var token = attackTargets.token("person " + i, Scope.EDIT);
            people.add(
                    new Person(path(i / 2), token, 1 + i + (long) PEOPLE * round, TYPING, first));
        }
        for (int i = 0; i < PEOPLE; i += 2) {
            people.get(i).meets(people.get(i + 1));
        }
        eventLoop.execute(() -> {
            people.forEach(this::connect);
            read();
        });
    }

    static String path(int document) {
        return "people-" + document + ".txt";
    }

    /// Writes the documents' files.
    static void prepare(Path workspace) throws IOException {
        for (int i = 0; i < DOCUMENTS; i++) {
            Files.writeString(workspace.resolve(path(i)), "");
        }
        Files.writeString(workspace.resolve(Revocations.PATH), "");
        Files.writeString(workspace.resolve("small.txt"), "small\n");
    }

    void connect(Person person) {
        eventLoop.connect(
                here,
                attackTargets.port(),
                0,
                new TcpConnection(eventLoop, TcpConnection.Pace.AT_ONCE, person));
    }

    EventLoop loop() {
        return eventLoop;
    }

    /// Assigns further edits to this phase.
    void phase(Phase next) {
        onLoop(() -> {
            phase = next;
            people.forEach(person -> person.phase(next));
            return true;
        });
    }

    void hold(boolean isToWait) {
        onLoop(() -> {
            people.forEach(person -> person.hold(isToWait));
            return true;
        });
    }

    boolean areSynced() {
        return onLoop(() -> people.stream().allMatch(Person::isSynced));
    }

    boolean areSettled() {
        return onLoop(() -> people.stream().allMatch(Person::isSettled));
    }

    boolean haveAll() {
        return onLoop(() -> people.stream().allMatch(Person::hasAllOfPartner));
    }

    /// Counts edits without an outcome as having waited until now.
    void giveUp() {
        onLoop(() -> {
            people.forEach(Person::giveUp);
            return true;
        });
    }

    long incomplete() {
        return onLoop(() -> people.stream().mapToLong(Person::incomplete).sum());
    }

    /// Unexpected events.
    List<String> troubles() {
        return onLoop(() -> {
            var all = new ArrayList<>(troubles);
            for (int i = 0; i < people.size(); i++) {
                int number = i;
                people.get(i).troubles().forEach(each -> all.add("person " + number + ": " + each));
            }
            return all;
        });
    }

    /// The delays of the people's own timers.
    Latencies lag() {
        return lag;
    }

    void check() {
        eventLoop.check();
    }

    @Override
    public void close() throws IOException {
        eventLoop.close();
    }

    private void read() {
        eventLoop.after(READ_EVERY, this::read);
        ask(new Reader("a small file", read, phase));
        ask(new Reader("/ready", READY, phase));
    }

    private void ask(Reader reader) {
        eventLoop.connect(
                here,
                attackTargets.port(),
                0,
                new TcpConnection(eventLoop, TcpConnection.Pace.AT_ONCE, reader));
    }

    private <T> T onLoop(Supplier<T> work) {
        eventLoop.check();
        var task = new FutureTask<T>(work::get);
        eventLoop.execute(task);
        try {
            return task.get(LOOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new AssertionError("the people's loop does not answer", failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    /// Sends one request, whose answer must be 200.
    private final class Reader implements TcpConnection.Client {
        private final long begun = System.nanoTime();
        private final String what;
        private final byte[] request;
        private final Phase its;
        private final StringBuilder answer = new StringBuilder();
        private boolean isOver;

        Reader(String what, byte[] request, Phase its) {
            this.what = what;
            this.request = request;
            this.its = its;
        }

        @Override
        public void connected(TcpConnection tcpConnection) {
            tcpConnection.send(request);
            eventLoop.after(READ_WAIT, tcpConnection::reset);
        }

        @Override
        public void received(ByteBuffer bytes) {
            answer.append(StandardCharsets.ISO_8859_1.decode(bytes));
        }

        @Override
        public void ended() {
            its.answered().add(System.nanoTime() - begun);
            if (!isOver && !answer.toString().startsWith("HTTP/1.1 200 ")) {
                troubles.add(what + ": " + answer.toString().lines().findFirst().orElse("cut"));
            }
            isOver = true;
        }
    }
}
