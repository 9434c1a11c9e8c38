package dev.qide.server.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The ways to log in other than with a token.
///
/// @param file the login providers; null for none
/// @param publicUrl the address that people use, with a slash at its end; null when it is not
///   configured
/// @param keys the file of the key ring
public record LoginConfig(@Nullable Path file, @Nullable URI publicUrl, Path keys) {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    /// @throws IllegalArgumentException with a sentence for the operator
    public LoginConfig {
        if (file != null && publicUrl == null) {
            throw new IllegalArgumentException(
                    "QIDE_LOGIN_FILE needs QIDE_PUBLIC_URL: set it to the URL at which "
                            + "people open Q-IDE.");
        }
    }

    /// No provider, and the key ring of a data directory.
    public static LoginConfig none(Path data) {
        return new LoginConfig(null, null, data.resolve("keys"));
    }

    static LoginConfig read(Path data, ServerConfig.Environment environment) {
        var file = environment.get("QIDE_LOGIN_FILE");
        var url = environment.get("QIDE_PUBLIC_URL");
        return new LoginConfig(
                file == null ? null : Path.of(file),
                url == null ? null : publicUrl(url),
                KeysCommand.keysFile(data, environment));
    }

    /// Whether people log in by a provider: then no link carries a token.
    public boolean hasProviders() {
        return file != null;
    }

    /// The origin of the public address, as browsers send it; null when it is not configured.
    public @Nullable String origin() {
        return publicUrl == null
                ? null
                : publicUrl.getScheme() + "://" + publicUrl.getRawAuthority();
    }

    static URI publicUrl(String text) {
        try {
            var url = new URI(text.endsWith("/") ? text : text + "/");
            var host = Objects.requireNonNullElse(url.getHost(), "");
            var scheme = url.getScheme();
            boolean isSecure =
                    "https".equals(scheme) || ("http".equals(scheme) && LOOPBACK.contains(host));
            boolean isBare =
                    url.getRawQuery() == null
                            && url.getRawFragment() == null
                            && url.getRawUserInfo() == null;
            if (!host.isEmpty()
                    && isSecure
                    && isBare
                    && text.equals(text.strip())
                    && url.normalize().equals(url)
                    && url.getRawAuthority()
                            .equals(url.getRawAuthority().toLowerCase(Locale.ROOT))) {
                return url;
            }
        } catch (URISyntaxException _) {
            // Reported below.
        }
        throw new IllegalArgumentException(
                "QIDE_PUBLIC_URL must be an address such as https://ide.example/, in lower case and"
                        + " without a query; http only for localhost.");
    }
}
