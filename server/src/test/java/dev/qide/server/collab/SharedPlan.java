package dev.qide.server.collab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// A sequence of steps, generated from a seed or read from the file of an earlier run.
///
/// @param steps each a command and its arguments
record SharedPlan(List<Step> steps) {
    private static final int ORDINARY_STEPS = 130;

    /// One step.
    ///
    /// @param words the client or object, amount, seed
    record Step(String command, List<String> words) {
        static Step of(String command, Object... words) {
            return new Step(command, Stream.of(words).map(String::valueOf).toList());
        }

        String word(int index) {
            return words.get(index);
        }

        int number(int index) {
            return Integer.parseInt(words.get(index));
        }

        @Override
        public String toString() {
            return (command + " " + String.join(" ", words)).strip();
        }
    }

    SharedPlan {
        steps = List.copyOf(steps);
    }

    static SharedPlan read(Path file) throws IOException {
        return new SharedPlan(
                Files.readAllLines(file).stream()
                        .filter(connectionStep ->
                                !connectionStep.isBlank() && !connectionStep.startsWith("#"))
                        .map(connectionStep -> Arrays.asList(connectionStep.split(" ", -1)))
                        .map(words -> new Step(words.getFirst(), words.subList(1, words.size())))
                        .toList());
    }

    void write(Path file, String remark) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        var lines = new ArrayList<String>();
        lines.add("# " + remark);
        steps.forEach(step -> lines.add(step.toString()));
        Files.write(file, lines);
    }

    /// Generates a plan in which clients type, connections fail, and every fault occurs at least
    /// once.
    static SharedPlan random(long seed) {
        var random = new Random(seed);
        var faults = new ArrayList<List<Step>>();
        for (int i = 0; i < 2; i++) {
            faults.add(List.of(Step.of("kill")));
            faults.add(during(random, "freeze", "heal-database"));
            faults.add(during(random, "hold", "release"));
            faults.add(List.of(Step.of("tool", PlanClients.path(random), random.nextInt(1_000))));
            faults.add(List.of(Step.of("put", PlanClients.path(random), random.nextInt(1_000))));
            faults.add(recreation(random));
        }
        faults.add(List.of(Step.of("terminate")));
        faults.add(during(random, "stop-database", "heal-database"));
        faults.add(
                List.of(Step.of("kill-database"), Step.of("wait", 300), Step.of("heal-database")));
        faults.add(killedWhileHeld(random));
        Collections.shuffle(faults, random);
        var steps = new ArrayList<Step>();
        for (var fault : faults) {
            // Most faults hit a running server, some a server that is restarting.
            if (random.nextInt(4) > 0) {
                steps.add(Step.of("settle"));
            }
            ordinary(random, steps, ORDINARY_STEPS / faults.size());
            steps.addAll(fault);
        }
        steps.add(Step.of("settle"));
        ordinary(random, steps, ORDINARY_STEPS / faults.size());
        return new SharedPlan(steps);
    }

    private static List<Step> during(Random random, String fault, String end) {
        var steps = new ArrayList<Step>();
        steps.add(Step.of(fault));
        ordinary(random, steps, 5);
        steps.add(Step.of("bounce", PlanClients.anybody(random)));
        steps.add(Step.of("cut", PlanClients.anybody(random)));
        steps.add(Step.of("wait", 50 + random.nextInt(400)));
        ordinary(random, steps, 3);
        steps.add(Step.of(end));
        return steps;
    }

    private static List<Step> killedWhileHeld(Random random) {
        var steps = new ArrayList<Step>();
        steps.add(Step.of("hold"));
        ordinary(random, steps, 6);
        steps.add(Step.of("bounce", PlanClients.anybody(random)));
        steps.add(Step.of("wait", 100));
        steps.add(Step.of("kill"));
        steps.add(Step.of("release"));
        return steps;
    }

    /// Deletes or renames a file while a client that has it open is offline.
    private static List<Step> recreation(Random random) {
        var steps = new ArrayList<Step>();
        var stale = PlanClients.PASSERS.get(random.nextInt(PlanClients.PASSERS.size()));
        var others = PlanClients.PASSERS.stream().filter(one -> !one.equals(stale)).toList();
        steps.add(Step.of("block", stale));
        steps.add(Step.of("type", stale, 3, random.nextInt(1_000)));
        others.forEach(one -> steps.add(Step.of("leave", one)));
        steps.add(Step.of("wait", 700));
        steps.add(Step.of(random.nextBoolean() ? "remove" : "rename", PlanClients.PASSING));
        if (random.nextBoolean()) {
            steps.add(Step.of("wait", 300));
            steps.add(Step.of("tool", PlanClients.PASSING, random.nextInt(1_000)));
        }
        others.forEach(one -> steps.add(Step.of("reload", one)));
        steps.add(Step.of("wait", 200));
        others.forEach(one -> steps.add(Step.of("type", one, 4, random.nextInt(1_000))));
        steps.add(Step.of("unblock", stale));
        return steps;
    }

    private static void ordinary(Random random, List<Step> steps, int count) {
        for (int i = 0; i < count; i++) {
            var who = PlanClients.anybody(random);
            int seed = random.nextInt(1 << 30);
            int dice = random.nextInt(100);
            steps.add(
                    dice < 45
                            ? Step.of("type", who, 1 + random.nextInt(8), seed)
                            : dice < 55
                                    ? Step.of("erase", who, 1 + random.nextInt(6), seed)
                                    : dice < 58
                                            ? Step.of("paste", who, seed)
                                            : connectionStep(random, who));
        }
    }

    private static Step connectionStep(Random random, String who) {
        return switch (random.nextInt(10)) {
            case 0, 1 -> Step.of("cut", who);
            case 2, 3 -> Step.of("bounce", who);
            case 4 -> Step.of("half-close", who);
            case 5 -> Step.of("reset-client", who);
            case 6 -> Step.of("stall", who);
            case 7 -> Step.of("flow", who);
            default -> Step.of("wait", 10 + random.nextInt(60));
        };
    }
}
