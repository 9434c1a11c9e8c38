package dev.qide.server.terminal;

import java.util.regex.Pattern;

/// The author of a person's commits, unless the repository or the person sets another.
///
/// @param name the name that others see
/// @param email the address that git writes beside the name
public record GitAuthor(String name, String email) {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
    private static final Pattern QUOTED = Pattern.compile("[\"\\\\]");

    /// A configuration file of git.
    String config() {
        return "[user]\n\tname = " + quoted(name) + "\n\temail = " + quoted(email) + "\n";
    }

    private static String quoted(String text) {
        var line = CONTROL.matcher(text).replaceAll(" ");
        return '"' + QUOTED.matcher(line).replaceAll("\\\\$0") + '"';
    }
}
