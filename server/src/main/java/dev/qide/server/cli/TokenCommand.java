package dev.qide.server.cli;

import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.TokenTable;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/// `token create`, `token list`, `token revoke`: work on the database, whether a server runs or
/// not.
///
/// stdout carries the new token, or the list, and nothing else.
public final class TokenCommand {
    private static final String ROW = "%-36s  %-24s  %-6s  %-26s  %-20s  %-20s  %s%n";

    private TokenCommand() {}

    static CommandSpec spec() {
        var list = described("Lists the tokens, without the tokens themselves.");
        var revoke =
                described(
                                "Ends a token and the logins that came from it; what it has open is closed within a second.")
                        .addPositional(
                                PositionalParamSpec.builder()
                                        .paramLabel("ID")
                                        .description("As `token list` shows it.")
                                        .index("0")
                                        .arity("1")
                                        .required(true)
                                        .type(UUID.class)
                                        .converters(TokenCommand::id)
                                        .build());
        var spec = described("Makes, lists and revokes tokens.").mixinStandardHelpOptions(true);
        spec.addSubcommand("create", command(create()));
        spec.addSubcommand("list", command(list));
        spec.addSubcommand("revoke", command(revoke));
        return spec;
    }

    /// Runs one of them.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    public static void run(
            ParseResult parsed, ServerConfig.Environment environment, PrintStream out)
            throws InterruptedException {
        var action = action(parsed, out);
        var meant = DatabaseTarget.of(parsed, environment);
        boolean isMaking = parsed.commandSpec().name().equals("create");
        try (var database = isMaking ? meant.open() : meant.openExisting()) {
            action.apply(
                    new IssuedTokens(
                            new TokenTable(database.database()),
                            new SecureRandom(),
                            InstantSource.system()));
        }
    }

    private interface Action {
        void apply(IssuedTokens tokens);
    }

    /// What a person got wrong is told before a database is started for it.
    private static Action action(ParseResult parsed, PrintStream out) {
        return switch (parsed.commandSpec().name()) {
            case "create" -> {
                var request = request(parsed);
                yield tokens -> out.println(tokens.create(request));
            }
            case "list" -> tokens -> print(tokens.list(), out);
            case "revoke" -> {
                UUID id = parsed.matchedPositionalValue(0, new UUID(0, 0));
                yield tokens -> {
                    if (!tokens.revoke(id)) {
                        throw new IllegalArgumentException("There is no token " + id + ".");
                    }
                };
            }
            default -> throw new IllegalStateException(parsed.commandSpec().name());
        };
    }

    private static UUID id(String word) {
        try {
            return UUID.fromString(word);
        } catch (IllegalArgumentException _) {
            throw new TypeConversionException(
                    "'" + word + "' is no id of a token: `qide token list` shows them");
        }
    }

    private static IssuedTokens.TokenRequest request(ParseResult parsed) {
        var scopes = EnumSet.noneOf(Scope.class);
        for (var word : parsed.<String>matchedOptionValue("--scope", "").split(",", -1)) {
            scopes.add(named("--scope", word.strip(), Scope.values(), Scope::word));
        }
        @Nullable String role = parsed.matchedOptionValue("--role", null);
        @Nullable Integer days = parsed.matchedOptionValue("--expires", null);
        return new IssuedTokens.TokenRequest(
                scopes,
                parsed.matchedOptionValue("--name", null),
                role == null ? null : named("--role", role, Role.values(), Role::word),
                days == null ? null : Duration.ofDays(days));
    }

    private static <E> E named(String option, String word, E[] all, Function<E, String> wordOf) {
        return Arrays.stream(all)
                .filter(one -> wordOf.apply(one).equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                option
                                        + " knows "
                                        + Arrays.stream(all)
                                                .map(wordOf)
                                                .collect(Collectors.joining(", "))
                                        + ", not "
                                        + word
                                        + "."));
    }

    private static void print(List<IssuedTokens.Shown> tokens, PrintStream out) {
        out.printf(ROW, "ID", "NAME", "ROLE", "SCOPES", "CREATED", "EXPIRES", "STATE");
        for (var token : tokens) {
            out.printf(
                    ROW,
                    token.id(),
                    token.name(),
                    token.role().word(),
                    words(token.scopes()),
                    shown(token.createdAt()),
                    token.expiresAt() == null ? "never" : shown(token.expiresAt()),
                    token.state());
        }
    }

    private static String words(Set<Scope> scopes) {
        return Stream.of(Scope.values())
                .filter(scopes::contains)
                .map(Scope::word)
                .collect(Collectors.joining(","));
    }

    private static String shown(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static CommandSpec create() {
        return described("Makes a token and prints it, once: the server keeps only its hash.")
                .addOption(
                        option(
                                        "--scope",
                                        "SCOPE[,SCOPE…]",
                                        "What it may be used for: edit, read, ai, observe, admin.")
                                .required(true)
                                .arity("1")
                                .type(String.class)
                                .build())
                .addOption(
                        option(
                                        "--name",
                                        "NAME",
                                        "What others see where it is used. Default: made of role and id")
                                .type(String.class)
                                .build())
                .addOption(
                        option(
                                        "--role",
                                        "ROLE",
                                        "owner (needs scope admin), editor or viewer. Default: owner for scope admin, editor for edit, else viewer")
                                .type(String.class)
                                .build())
                .addOption(
                        option("--expires", "DAYS", "After how many days it ends. Default: never")
                                .type(Integer.class)
                                .build());
    }

    private static picocli.CommandLine command(CommandSpec spec) {
        return new picocli.CommandLine(
                spec.addOption(CommandLine.data()).mixinStandardHelpOptions(true));
    }

    private static CommandSpec described(String sentence) {
        return CommandSpec.create().usageMessage(new UsageMessageSpec().description(sentence));
    }

    private static OptionSpec.Builder option(String name, String label, String description) {
        return OptionSpec.builder(name).paramLabel(label).description(description);
    }
}
