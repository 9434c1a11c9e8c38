-- The name that a person chose; it is shown instead of the one that the person's token has.
CREATE TABLE display_names (
    person_id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> '')
);

-- What editors keep for a person on every machine: settings, key bindings, snippets. UTF-8 text, as it
-- was sent.
CREATE TABLE person_settings (
    person_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    body bytea NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, name)
);
