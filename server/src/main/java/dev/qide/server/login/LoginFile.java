package dev.qide.server.login;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.reflect.TypeToken;
import dev.qide.server.secrets.SecretFile;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the login providers: the JSON array in the file that `QIDE_LOGIN_FILE` names. Paths of
/// secret files are relative to it.
public final class LoginFile {
    private static final int PROVIDERS = 16;
    private static final Set<String> COMMON =
            Set.of("id", "kind", "clientId", "clientSecretFile", "scopes", "admit", "role");
    private static final Set<String> OIDC = Set.of("issuer");
    private static final Set<String> GITHUB = Set.of("url", "apiUrl");

    private LoginFile() {}

    /// Reads and validates the file.
    ///
    /// @throws IllegalArgumentException with a sentence that names the file and the error
    public static List<ProviderSettings> read(Path file) {
        try {
            var entries =
                    WireJson.readAny(
                            SecretFile.read(file).reveal(), new TypeToken<List<JsonObject>>() {});
            var providers = new ArrayList<ProviderSettings>();
            for (var entry : entries) {
                providers.add(provider(file, entry));
            }
            requireDistinct(providers);
            return List.copyOf(providers);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "QIDE_LOGIN_FILE cannot be read. Check its path and permissions: " + file,
                    unreadable);
        } catch (FailureException | JsonParseException malformed) {
            throw new IllegalArgumentException(
                    file + " must be a JSON array of login providers.", malformed);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(file + ": " + wrong.getMessage() + ".", wrong);
        }
    }

    private static void requireDistinct(List<ProviderSettings> providers) {
        var ids = new HashSet<String>();
        for (var provider : providers) {
            if (!ids.add(provider.id())) {
                throw new IllegalArgumentException(
                        "the id " + provider.id() + " occurs twice: choose another");
            }
        }
        if (providers.isEmpty() || providers.size() > PROVIDERS) {
            throw new IllegalArgumentException("there must be 1 to " + PROVIDERS + " providers");
        }
    }

    private static ProviderSettings provider(Path file, JsonObject entry) {
        var id = text(entry, "id", null);
        try {
            var kindWord = text(entry, "kind", null);
            var kind = kind(entry, kindWord);
            var own = kind instanceof ProviderSettings.Kind.Oidc ? OIDC : GITHUB;
            requireKnownMembers(entry, own);
            return new ProviderSettings(
                    id,
                    kind,
                    text(entry, "clientId", null),
                    secret(file, text(entry, "clientSecretFile", null)),
                    scopes(entry, kind),
                    admit(entry.get("admit")),
                    text(entry, "role", "viewer"));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(id + ": " + wrong.getMessage(), wrong);
        }
    }

    private static ProviderSettings.Kind kind(JsonObject entry, String word) {
        return switch (word) {
            case "oidc" -> new ProviderSettings.Kind.Oidc(address(text(entry, "issuer", null)));
            case "github" ->
                    new ProviderSettings.Kind.Github(
                            address(text(entry, "url", "https://github.com")),
                            address(text(entry, "apiUrl", "https://api.github.com")));
            default -> throw new IllegalArgumentException("kind must be oidc or github");
        };
    }

    private static List<String> scopes(JsonObject entry, ProviderSettings.Kind kind) {
        var given = entry.get("scopes");
        if (given != null) {
            return texts(given, "scopes");
        }
        return kind instanceof ProviderSettings.Kind.Oidc
                ? List.of("openid", "email", "profile")
                : List.of("read:user", "user:email");
    }

    private static AdmissionRule admit(@Nullable JsonElement rule) {
        if (rule == null) {
            return new AdmissionRule.Invited();
        }
        if (rule instanceof JsonPrimitive word && word.isString()) {
            switch (word.getAsString()) {
                case "invited" -> {
                    return new AdmissionRule.Invited();
                }
                case "everybody" -> {
                    return new AdmissionRule.Everybody();
                }
                default -> {}
            }
        }
        if (rule instanceof JsonObject object && object.size() == 1) {
            var member = object.keySet().iterator().next();
            var names = lowerCase(texts(object.get(member), member));
            switch (member) {
                case "domains" -> {
                    return new AdmissionRule.Domains(names);
                }
                case "organisations" -> {
                    return new AdmissionRule.Organisations(names);
                }
                default -> {}
            }
        }
        throw new IllegalArgumentException(
                "admit must be \"invited\", \"everybody\", {\"domains\":[…]} or {\"organisations\":[…]}");
    }

    private static Set<String> lowerCase(List<String> names) {
        return names.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static SecretFile secret(Path file, String name) {
        try {
            return SecretFile.at(file.toAbsolutePath().resolveSibling(name));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "its clientSecretFile cannot be used: check its path and permissions",
                    unreadable);
        }
    }

    /// Refuses unknown members, so that a misspelt rule does not admit everybody.
    private static void requireKnownMembers(JsonObject entry, Set<String> own) {
        for (var member : entry.keySet()) {
            if (!COMMON.contains(member) && !own.contains(member)) {
                var known = new TreeSet<>(COMMON);
                known.addAll(own);
                throw new IllegalArgumentException(
                        "unknown member \"%s\": remove it. The members are %s"
                                .formatted(member, known));
            }
        }
    }

    private static String text(JsonObject entry, String member, @Nullable String byDefault) {
        var value = entry.get(member);
        if (value == null && byDefault != null) {
            return byDefault;
        }
        if (value instanceof JsonPrimitive text && text.isString()) {
            return text.getAsString();
        }
        throw new IllegalArgumentException("the member \"" + member + "\" must be a string");
    }

    private static List<String> texts(JsonElement value, String member) {
        var texts = new ArrayList<String>();
        if (value instanceof JsonArray array) {
            for (var one : array) {
                if (one instanceof JsonPrimitive text
                        && text.isString()
                        && !text.getAsString().isBlank()) {
                    texts.add(text.getAsString());
                }
            }
            if (!texts.isEmpty() && texts.size() == array.size()) {
                return texts;
            }
        }
        throw new IllegalArgumentException(
                "the member \"" + member + "\" must be an array of strings");
    }

    private static URI address(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(text + " is not a URL", malformed);
        }
    }
}
