package dev.qide.server.workspace;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The templates of new workspaces: a few files each, for which a language server is declared.
/// Thread-safe.
public final class Templates {
    private static final List<Template> ALL =
            List.of(
                    new Template(
                            "java",
                            "A Java program of two classes.",
                            List.of("README.md", "src/Greeting.java", "src/Main.java")),
                    new Template(
                            "python",
                            "A Python program of two modules, with a test.",
                            List.of("README.md", "greeting.py", "main.py", "test_greeting.py")),
                    new Template(
                            "typescript",
                            "A TypeScript program of two modules, strictly checked.",
                            List.of(
                                    "README.md",
                                    "package.json",
                                    "src/greeting.ts",
                                    "src/main.ts",
                                    "tsconfig.json")),
                    new Template(
                            "web",
                            "A web page of HTML, CSS and JavaScript, without a build.",
                            List.of("README.md", "index.html", "main.js", "style.css")));

    /// One template.
    ///
    /// @param about a one-sentence description
    /// @param files the paths of its files
    public record Template(String name, String about, List<String> files) {
        public Template {
            files = List.copyOf(files);
        }
    }

    private Templates() {}

    /// All templates, ordered by name.
    public static List<Template> all() {
        return ALL;
    }

    /// @throws FailureException `TEMPLATE_UNKNOWN`
    static Template named(String name) {
        return ALL.stream()
                .filter(template -> template.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new FailureException(Failure.TEMPLATE_UNKNOWN));
    }

    /// Writes a template's files into an empty folder.
    static void write(Template template, Path folder) throws IOException {
        for (var name : template.files()) {
            var file = folder.resolve(name);
            Files.createDirectories(file.resolveSibling("."));
            var resource = "/templates/" + template.name() + "/" + name;
            try (var content = Templates.class.getResourceAsStream(resource)) {
                if (content == null) {
                    throw new IOException("not on the class path: " + resource);
                }
                Files.copy(content, file);
            }
        }
    }
}
