package dev.qide.server.cli;

import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.TokenTable;
import dev.qide.server.telemetry.Logging;
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
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `token create`, `token list`, `token revoke`: work on the database, whether a server runs or
/// not. stdout carries only the new token or the list.
@Command(
        name = "token",
        description = "Creates, lists and revokes tokens.",
        mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
    private static final String ROW = "%-36s  %-24s  %-6s  %-26s  %-20s  %-20s  %s%n";

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        return QideCommand.usage(spec);
    }

    /// `token create`.
    @Command(
            name = "create",
            description =
                    "Creates a token and prints it. The server keeps only its hash, so the token cannot be shown again.",
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        private final QideCommand.Context context;

        @Option(
                names = "--scope",
                required = true,
                paramLabel = "SCOPE[,SCOPE…]",
                description = "The scopes of the token: edit, read, ai, observe, admin.")
        private String scopes = "";

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "The name that others see. Default: derived from role and id")
        private @Nullable String name;

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                description =
                        "owner (needs scope admin), editor or viewer. Default: owner for scope admin, editor for edit, else viewer")
        private @Nullable String role;

        @Option(
                names = "--expires",
                paramLabel = "DAYS",
                description = "The number of days until the token expires. Default: never")
        private @Nullable Integer days;

        @Mixin private final DataOption data = new DataOption();

        Create(QideCommand.Context context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            Logging.startForCommand();
            // Mistakes in the options are reported before a database is started.
            var request = request();
            var target = DatabaseTarget.of(data, context.environment());
            try (var database = target.open(CommandDatabase.Tables.CURRENT)) {
                context.out().println(tokens(database).create(request));
            }
            return QideCommand.DONE;
        }

        private IssuedTokens.TokenRequest request() {
            var chosen = EnumSet.noneOf(Scope.class);
            for (var word : scopes.split(",", -1)) {
                chosen.add(named("--scope", word.strip(), Scope.values(), Scope::wireName));
            }
            return new IssuedTokens.TokenRequest(
                    chosen,
                    name,
                    role == null ? null : named("--role", role, Role.values(), Role::wireName),
                    days == null ? null : Duration.ofDays(days));
        }
    }

    /// `token list`.
    @Command(
            name = "list",
            description = "Lists the tokens without their secrets.",
            mixinStandardHelpOptions = true)
    static final class ListTokens extends DatabaseCommand {
        ListTokens(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) {
            print(tokens(database).list(), out());
            return QideCommand.DONE;
        }
    }

    /// `token revoke`.
    @Command(
            name = "revoke",
            description =
                    "Ends a token and its logins; their open sockets are closed within a second.",
            mixinStandardHelpOptions = true)
    static final class Revoke extends DatabaseCommand {
        @Parameters(
                index = "0",
                paramLabel = "ID",
                description = "The id, from `token list`.",
                converter = TokenId.class)
        private UUID id = new UUID(0, 0);

        Revoke(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) {
            if (!tokens(database).revoke(id)) {
                throw new IllegalArgumentException(
                        "There is no token " + id + ": `qide token list` shows all ids.");
            }
            return QideCommand.DONE;
        }
    }

    private static final class TokenId implements ITypeConverter<UUID> {
        @Override
        public UUID convert(String word) {
            try {
                return UUID.fromString(word);
            } catch (IllegalArgumentException _) {
                throw new TypeConversionException(
                        "'" + word + "' is not the id of a token: `qide token list` shows all ids");
            }
        }
    }

    private static IssuedTokens tokens(CommandDatabase database) {
        return new IssuedTokens(
                new TokenTable(database.database()), new SecureRandom(), InstantSource.system());
    }

    private static <E> E named(String option, String word, E[] all, Function<E, String> wordOf) {
        return Arrays.stream(all)
                .filter(one -> wordOf.apply(one).equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                option
                                        + " must be one of "
                                        + Arrays.stream(all)
                                                .map(wordOf)
                                                .collect(Collectors.joining(", "))
                                        + ", not "
                                        + word
                                        + "."));
    }

    private static void print(List<IssuedTokens.TokenSummary> tokens, PrintStream out) {
        out.printf(ROW, "ID", "NAME", "ROLE", "SCOPES", "CREATED", "EXPIRES", "STATE");
        for (var token : tokens) {
            out.printf(
                    ROW,
                    token.id(),
                    token.name(),
                    token.role().wireName(),
                    words(token.scopes()),
                    shown(token.createdAt()),
                    token.expiresAt() == null ? "never" : shown(token.expiresAt()),
                    token.state());
        }
    }

    private static String words(Set<Scope> scopes) {
        return Stream.of(Scope.values())
                .filter(scopes::contains)
                .map(Scope::wireName)
                .collect(Collectors.joining(","));
    }

    private static String shown(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
