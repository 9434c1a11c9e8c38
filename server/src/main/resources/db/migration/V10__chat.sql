-- What the people of a workspace write to each other; deleted with the workspace. The name is the one that
-- the sender's credential had; a name that the person chose replaces it when a message is read.
CREATE TABLE chat_messages (
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    person_id uuid NOT NULL,
    person_name text NOT NULL CHECK (person_name <> ''),
    text text NOT NULL CHECK (text <> ''),
    -- What the sender calls the message, so that one that is sent again is stored once.
    client_key text,
    sent_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX chat_messages_client_key ON chat_messages (workspace_id, person_id, client_key)
    WHERE client_key IS NOT NULL;
