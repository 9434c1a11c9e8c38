package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example in the README, compiled and run unchanged, from outside the library's package.
class ReadmeTest {
    private static final String FENCE = "```";

    @TempDir private Path classes;

    @Test
    void the_example_of_the_readme_compiles_and_runs() throws Exception {
        compile(program(example()));
        assertThat(run().lines())
                .containsExactly(
                        "from ann: [InsertText[text=hello, attributes={}]]",
                        "from ann: [Retain[length=5, attributes={}],"
                                + " InsertText[text= world, attributes={}]]",
                        "null: [Retain[length=5, attributes={bold=Bool[value=true]}]]",
                        "hello world");
    }

    private static String example() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        int start = readme.indexOf(FENCE + "java\n") + (FENCE + "java\n").length();
        String example = readme.substring(start, readme.indexOf(FENCE, start));
        assertThat(example.lines().filter(line -> !line.isBlank()).count()).isBetween(15L, 25L);
        return example;
    }

    private static String program(String example) {
        return """
        import dev.qide.yjs.*;
        import java.util.*;
        public class Example {
            public static void main(String[] arguments) {
        %s
                System.out.println(bob.text("notes"));
            }
        }
        """
                .formatted(example);
    }

    private void compile(String program) {
        var source =
                new SimpleJavaFileObject(
                        URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return program;
                    }
                };
        var problems = new java.io.StringWriter();
        var options =
                List.of(
                        "-proc:none",
                        "-d",
                        classes.toString(),
                        "-cp",
                        System.getProperty("java.class.path"));
        boolean compiles =
                ToolProvider.getSystemJavaCompiler()
                        .getTask(problems, null, null, options, null, List.of(source))
                        .call();
        assertThat(compiles).as(problems.toString()).isTrue();
    }

    private String run() throws Exception {
        var output = new ByteArrayOutputStream();
        var before = System.out;
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
            loader.loadClass("Example")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        return output.toString(StandardCharsets.UTF_8);
    }
}
