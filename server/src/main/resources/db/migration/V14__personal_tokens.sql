-- A token that a person made over HTTP, under a label. It ends with the token that it was made with; one made with
-- an account's login has the role of the person's membership at any time.
ALTER TABLE tokens ADD COLUMN label text CHECK (label <> '');
ALTER TABLE tokens ADD COLUMN origin_hash bytea CHECK (length(origin_hash) = 32);

CREATE INDEX tokens_of_person ON tokens (person_id) WHERE label IS NOT NULL;
