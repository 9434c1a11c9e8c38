package dev.qide.server.login;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An account at a login provider whose ownership the person has just proved.
///
/// @param provider the provider's id in the login file
/// @param subject the account's id at the provider, which never changes, unlike names and addresses
/// @param name a display name, not unique
/// @param emails the addresses that the provider has verified, in lower case, the account's primary
///   one first
/// @param organisations the organisations of [AdmissionRule.Organisations] with the account as a
///   member
public record VerifiedAccount(
        String provider,
        String subject,
        String name,
        List<String> emails,
        Set<String> organisations) {
    private static final int NAME_CHARACTERS = 64;

    public VerifiedAccount {
        name = shown(name);
        emails = List.copyOf(emails);
        organisations = Set.copyOf(organisations);
    }

    /// The address that is stored and shown; null for none.
    public @Nullable String email() {
        return emails.isEmpty() ? null : emails.getFirst();
    }

    /// Makes a display name of the provider's, which may contain anything.
    private static String shown(String name) {
        var text = new StringBuilder();
        name.codePoints()
                .filter(point -> !Character.isISOControl(point))
                .filter(point -> Character.getType(point) != Character.FORMAT)
                .limit(NAME_CHARACTERS)
                .forEach(text::appendCodePoint);
        // A code point outside the basic plane counts as two characters.
        int end = Math.min(text.length(), NAME_CHARACTERS);
        if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        var shown = text.substring(0, end).strip();
        return shown.isEmpty() ? "somebody" : shown;
    }

    /// Whether a rule admits the account without an invitation.
    public boolean isAdmittedBy(AdmissionRule rule) {
        return switch (rule) {
            case AdmissionRule.Invited() -> false;
            case AdmissionRule.Everybody() -> true;
            case AdmissionRule.Domains(var names) ->
                    emails.stream()
                            .anyMatch(it -> names.contains(it.substring(it.lastIndexOf('@') + 1)));
            case AdmissionRule.Organisations(var names) ->
                    names.stream().anyMatch(organisations::contains);
        };
    }
}
