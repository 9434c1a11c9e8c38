package dev.qide.yjs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The engine's operations on one editing trace, with JMH. Run by the profile `jmh`: see the README.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class EngineBenchmark {
    private Works works;

    @Setup
    public void read() throws IOException {
        works = new Works(Path.of(System.getProperty("trace")));
    }

    @Benchmark
    public Object apply() {
        return works.apply();
    }

    @Benchmark
    public long local() {
        return works.local();
    }

    @Benchmark
    public Object load() {
        return works.load();
    }

    @Benchmark
    public byte[] encode() {
        return works.encode();
    }

    @Benchmark
    public byte[] merge() {
        return works.merge();
    }

    @Benchmark
    public String text() {
        return works.text();
    }
}
