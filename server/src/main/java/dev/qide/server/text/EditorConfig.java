package dev.qide.server.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One `.editorconfig` (EditorConfig Specification 0.17): which properties the files below its
/// folder have. What it does not understand it leaves out, as the specification asks.
///
/// Invariant: reading it and matching a path take time linear in their lengths; sections beyond
/// [#SECTIONS] and names longer than [#NAME_CHARACTERS] do not count.
///
/// @param isRoot whether no file of a folder above counts
/// @param sections in their order; of two that match, the later one holds
public record EditorConfig(boolean isRoot, List<Section> sections) {
    /// The longest file that is read.
    public static final int FILE_BYTES = 32 << 10;

    private static final int SECTIONS = 200;
    private static final int NAME_CHARACTERS = 1_024;
    private static final int KEY_CHARACTERS = 50;
    private static final int VALUE_CHARACTERS = 255;

    public EditorConfig {
        sections = List.copyOf(sections);
    }

    /// @param glob which files it is for
    /// @param properties by lower-case name, values in lower case
    public record Section(EditorConfigGlob glob, Map<String, String> properties) {
        public Section {
            properties = Map.copyOf(properties);
        }
    }

    public static EditorConfig parse(String text) {
        var reading = new Reading();
        text.lines().forEach(reading::line);
        reading.endSection();
        return new EditorConfig(reading.isRoot, reading.sections);
    }

    /// Adds the properties of a file to those of folders above, which it overrides.
    ///
    /// @param path relative to the folder of this `.editorconfig`
    public void addProperties(String path, Map<String, String> properties) {
        for (var section : sections) {
            if (section.glob().matches(path)) {
                properties.putAll(section.properties());
            }
        }
    }

    /// One pass over the lines. Owned by one thread.
    private static final class Reading {
        private final List<Section> sections = new ArrayList<>();
        private boolean isRoot;
        private boolean isPreamble = true;
        private @Nullable EditorConfigGlob glob;
        private Map<String, String> properties = new HashMap<>();

        private void line(String raw) {
            var line = raw.strip();
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
                return;
            }
            int equals = line.indexOf('=');
            if (line.startsWith("[") && line.endsWith("]")) {
                endSection();
                begin(line.substring(1, line.length() - 1));
            } else if (equals > 0) {
                property(
                        line.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                        line.substring(equals + 1).strip().toLowerCase(Locale.ROOT));
            }
        }

        private void begin(String name) {
            boolean counts =
                    !name.isEmpty()
                            && name.length() <= NAME_CHARACTERS
                            && sections.size() < SECTIONS;
            glob = counts ? EditorConfigGlob.of(name) : null;
            isPreamble = false;
            properties = new HashMap<>();
        }

        private void endSection() {
            if (glob != null) {
                sections.add(new Section(glob, properties));
            }
        }

        private void property(String key, String value) {
            if (isPreamble) {
                isRoot |= key.equals("root") && value.equals("true");
            } else if (key.length() <= KEY_CHARACTERS && value.length() <= VALUE_CHARACTERS) {
                properties.put(key, value);
            }
        }
    }
}
