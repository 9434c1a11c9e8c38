package dev.qide.server.doors;

import dev.qide.server.identity.Person;
import dev.qide.server.identity.Person.Role;
import dev.qide.server.identity.Person.Scope;

/// Who may pass a door.
enum Who {
    /// Nobody is asked for a credential.
    ANYONE,
    /// A direct peer on this machine, or a credential of scope `observe`.
    OBSERVER,
    /// Anybody with a valid credential.
    PERSON,
    /// A credential of scope `read` or `edit`.
    READER,
    /// An owner or editor with a credential of scope `edit`.
    EDITOR,
    /// An owner with a credential of scope `edit`.
    OWNER,
    /// An owner with a credential of scope `admin`.
    ADMINISTRATOR;

    /// Whether a person with a valid credential may pass.
    boolean admits(Person person) {
        return switch (this) {
            case ANYONE, PERSON -> true;
            case OBSERVER -> person.has(Scope.OBSERVE);
            case READER -> person.canRead();
            case EDITOR -> person.canEdit();
            case OWNER -> person.role() == Role.OWNER && person.canEdit();
            case ADMINISTRATOR -> person.canAdminister();
        };
    }
}
