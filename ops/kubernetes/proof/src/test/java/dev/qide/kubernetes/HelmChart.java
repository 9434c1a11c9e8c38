package dev.qide.kubernetes;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// Runs a real Helm on the chart.
final class HelmChart {
    private static final int ENDED_WITHIN_SECONDS = 60;
    private static final Gson GSON = new Gson();

    private final String helm;
    private final Path chart;

    /// How a call of Helm ended, with everything that it printed.
    record Outcome(int exitCode, String output) {}

    private HelmChart(String helm, Path chart) {
        this.helm = helm;
        this.chart = chart;
    }

    /// @param archive a zip file with the program as `helm/helm`
    /// @param directory gets the program
    static HelmChart of(Path archive, Path directory, Path chart) throws IOException {
        var program = directory.resolve("helm");
        try (var zip = new ZipFile(archive.toFile());
                var bytes = zip.getInputStream(zip.getEntry("helm/helm"))) {
            Files.copy(bytes, program);
        }
        if (!program.toFile().setExecutable(true)) {
            throw new IOException(program + " cannot be made executable");
        }
        return new HelmChart(program.toString(), chart);
    }

    /// Calls Helm on the chart: `command [arguments…]`, with the chart where `CHART` stands.
    Outcome call(String... arguments) {
        var command = new ArrayList<String>();
        command.add(helm);
        for (var argument : arguments) {
            command.add(argument.equals("CHART") ? chart.toString() : argument);
        }
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(ENDED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("helm did not end in time");
            }
            return new Outcome(process.exitValue(), output);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// The objects that Helm renders from the chart.
    ///
    /// @param values a file of values, or nothing for the defaults
    /// @param changes further values, as `name=value`
    List<JsonObject> objects(List<Path> values, String... changes) {
        var arguments = new ArrayList<>(List.of("template", "q", "CHART", "--namespace", "editors"));
        values.forEach(file -> arguments.addAll(List.of("--values", file.toString())));
        List.of(changes).forEach(change -> arguments.addAll(List.of("--set", change)));
        var outcome = call(arguments.toArray(String[]::new));
        if (outcome.exitCode() != 0) {
            throw new IllegalStateException(outcome.output());
        }
        var objects = new ArrayList<JsonObject>();
        for (var document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(outcome.output())) {
            if (document != null) {
                objects.add(GSON.toJsonTree(document).getAsJsonObject());
            }
        }
        return objects;
    }
}
