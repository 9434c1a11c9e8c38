-- Who did what to what, from where, with which result; never content, and no names: deleting a person leaves an id
-- that leads nowhere. The rules make the table append-only but for what is older than a day, which the server deletes
-- after the time that the operator sets.
CREATE TABLE audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    person_id uuid,
    operation text NOT NULL CHECK (operation <> ''),
    object text NOT NULL,
    address text NOT NULL,
    result text NOT NULL CHECK (result <> '')
);

CREATE INDEX audit_events_at ON audit_events (at);
CREATE INDEX audit_events_person_id ON audit_events (person_id, id DESC);

CREATE RULE audit_events_no_update AS ON UPDATE TO audit_events DO INSTEAD NOTHING;
CREATE RULE audit_events_no_delete AS ON DELETE TO audit_events
    WHERE old.at > now() - interval '1 day' DO INSTEAD NOTHING;
