package dev.qide.server.ai.privacy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/// Recognizes files that contain secrets by convention, whether or not `.gitignore` names them.
public final class SecretFileNames {
    private static final Set<String> NAMES =
            Set.of(
                    ".netrc",
                    "_netrc",
                    ".npmrc",
                    ".pypirc",
                    ".pgpass",
                    ".my.cnf",
                    ".htpasswd",
                    ".dockercfg",
                    ".git-credentials",
                    "credentials",
                    "credentials.json",
                    "service-account.json",
                    "secrets.yml",
                    "secrets.yaml",
                    "secrets.json",
                    "id_rsa",
                    "id_dsa",
                    "id_ecdsa",
                    "id_ed25519",
                    "kubeconfig",
                    ".vault-token",
                    "terraform.tfstate");
    private static final Set<String> ENDINGS =
            Set.of(
                    ".pem",
                    ".key",
                    ".p8",
                    ".p12",
                    ".pfx",
                    ".jks",
                    ".keystore",
                    ".kdbx",
                    ".ppk",
                    ".asc",
                    ".gpg",
                    ".tfvars",
                    ".tfstate");
    private static final Set<String> FOLDERS = Set.of(".ssh", ".aws", ".gnupg", ".kube", ".docker");

    private SecretFileNames() {}

    /// Whether a file is private because of its name or a folder's. Templates such as
    /// `.env.example` are not.
    public static boolean isPrivate(String path) {
        var segments = path.toLowerCase(Locale.ROOT).split("/", -1);
        var name = segments[segments.length - 1];
        boolean isInFolder =
                Arrays.stream(segments).limit(segments.length - 1L).anyMatch(FOLDERS::contains);
        return isInFolder
                || NAMES.contains(name)
                || isEnvironment(name)
                || ENDINGS.stream().anyMatch(name::endsWith);
    }

    private static boolean isEnvironment(String name) {
        boolean isTemplate =
                name.endsWith(".example")
                        || name.endsWith(".sample")
                        || name.endsWith(".template")
                        || name.endsWith(".dist");
        return !isTemplate
                && (name.equals(".env")
                        || name.startsWith(".env.")
                        || name.endsWith(".env")
                        || name.equals(".envrc"));
    }
}
