package dev.qide.server.login;

import dev.qide.server.secrets.SecretFile;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// An entry of the login file.
///
/// @param id the name in `/auth/{id}`, and the provider of its accounts
/// @param role the role of a new person in the home organisation: `owner`, `editor` or `viewer`
public record ProviderSettings(
        String id,
        Kind kind,
        String clientId,
        SecretFile clientSecret,
        List<String> scopes,
        AdmissionRule admit,
        String role) {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final List<String> ROLES = List.of("owner", "editor", "viewer");

    /// The protocol of a provider, with its URLs.
    public sealed interface Kind {
        /// OpenID Connect; the issuer's metadata has everything else.
        record Oidc(URI issuer) implements Kind {
            public Oidc {
                requireSecure(issuer);
            }
        }

        /// GitHub, or a GitHub Enterprise server.
        ///
        /// @param url the URL of the web site, where people log in
        /// @param apiUrl the URL of the REST API
        record Github(URI url, URI apiUrl) implements Kind {
            public Github {
                requireSecure(url);
                requireSecure(apiUrl);
            }
        }
    }

    /// Validates the entry.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    public ProviderSettings {
        scopes = List.copyOf(scopes);
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "an id has 1 to 32 lower-case letters, digits and -");
        }
        if (clientId.isBlank()) {
            throw new IllegalArgumentException("clientId is empty: set the provider's client id");
        }
        if (!ROLES.contains(role)) {
            throw new IllegalArgumentException("role must be one of " + String.join(", ", ROLES));
        }
        if (admit instanceof AdmissionRule.Organisations && !(kind instanceof Kind.Github)) {
            throw new IllegalArgumentException(
                    "organisations are GitHub's: admit domains for other providers");
        }
    }

    /// The label of the button.
    public String shownName() {
        return switch (kind) {
            case Kind.Github _ -> "GitHub";
            case Kind.Oidc _ -> id.substring(0, 1).toUpperCase(Locale.ROOT) + id.substring(1);
        };
    }

    /// Requires a URL with TLS, or one on this machine.
    ///
    /// @throws IllegalArgumentException for any other
    static void requireSecure(URI address) {
        if (!isSecure(address)) {
            throw new IllegalArgumentException(
                    address + " must begin with https:// and name a host");
        }
    }

    /// Whether requests to a URL stay secret: with TLS, or on this machine.
    static boolean isSecure(URI address) {
        var host = address.getHost();
        var scheme = String.valueOf(address.getScheme());
        boolean isLoopback =
                "localhost".equals(host) || "127.0.0.1".equals(host) || "[::1]".equals(host);
        return host != null
                && address.getRawUserInfo() == null
                && (scheme.equals("https") || (scheme.equals("http") && isLoopback));
    }
}
