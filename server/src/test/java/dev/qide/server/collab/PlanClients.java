package dev.qide.server.collab;

import dev.qide.server.TestServer;
import dev.qide.server.collab.StockClients.ClientSpec;
import dev.qide.server.collab.StockClients.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// The clients of a plan: two groups at two files, and three clients at a file that is repeatedly
/// deleted and recreated.
final class PlanClients {
    static final List<String> CROWDED = List.of("src/a.py", "src/b.py");
    static final String PASSING = "src/passing.py";

    /// One client of each kind, at the file that is deleted and recreated.
    static final List<String> PASSERS = List.of("p18", "p19", "p20");

    private static final int CROWD = 18;
    private static final Kind[] KINDS = Kind.values();

    private PlanClients() {}

    static List<ClientSpec> specs(String token) {
        var specs = new ArrayList<ClientSpec>();
        for (int i = 0; i < CROWD; i++) {
            specs.add(spec(i, CROWDED.get(i % CROWDED.size()), token));
        }
        for (int i = 0; i < PASSERS.size(); i++) {
            specs.add(spec(CROWD + i, PASSING, token));
        }
        return specs;
    }

    static String anybody(Random random) {
        return "p" + random.nextInt(CROWD + PASSERS.size());
    }

    static String path(Random random) {
        return CROWDED.get(random.nextInt(CROWDED.size()));
    }

    static List<String> everybody() {
        return IntStream.range(0, CROWD + PASSERS.size()).mapToObj(number -> "p" + number).toList();
    }

    private static ClientSpec spec(int number, String path, String token) {
        var kind = KINDS[number / CROWDED.size() % KINDS.length];
        if (number >= CROWD) {
            kind = KINDS[number % KINDS.length];
        }
        var spec = new ClientSpec("p" + number, kind, TestServer.WORKSPACE, path, token);
        return kind == Kind.HOCUSPOCUS && number % 4 == 0 ? spec.with("endpoint", "ws") : spec;
    }
}
