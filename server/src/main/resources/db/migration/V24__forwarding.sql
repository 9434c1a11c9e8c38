-- How the servers of one database reach each other, and the tickets that any of them may redeem.

-- NULL: not reachable by other servers. The secret is random, and new at each start; whoever forwards a
-- request to the server signs it with that. Commands such as `token create` have none.
ALTER TABLE nodes ADD COLUMN url text;
ALTER TABLE nodes ADD COLUMN secret bytea CHECK (length(secret) = 32);

-- Only the hashes of a ticket and of the credential that it was issued for.
CREATE TABLE tickets (
    ticket_hash bytea PRIMARY KEY CHECK (length(ticket_hash) = 32),
    person_id uuid NOT NULL,
    credential_hash bytea NOT NULL CHECK (length(credential_hash) = 32),
    is_login boolean NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX tickets_expires_at ON tickets (expires_at);
