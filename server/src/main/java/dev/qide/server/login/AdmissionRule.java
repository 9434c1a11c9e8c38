package dev.qide.server.login;

import java.util.Set;

/// A rule that says who may log in without an invitation: `admit` in the login file.
public sealed interface AdmissionRule {
    /// Only people with an invitation.
    record Invited() implements AdmissionRule {}

    /// Everybody with an account at the provider.
    record Everybody() implements AdmissionRule {}

    /// People with a verified e-mail address in one of these domains, in lower case.
    record Domains(Set<String> names) implements AdmissionRule {
        public Domains {
            names = Set.copyOf(names);
        }
    }

    /// Members of one of these GitHub organisations.
    record Organisations(Set<String> names) implements AdmissionRule {
        public Organisations {
            names = Set.copyOf(names);
        }
    }
}
