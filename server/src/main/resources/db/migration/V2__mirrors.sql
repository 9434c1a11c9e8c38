-- What of each document is on disk. The base is the file as it was last given out or taken in, the
-- text with which a change on disk is merged three-way; the intent is what is about to be written,
-- recorded before the file is touched and made the base after. A crash between leaves the file in
-- either state, and the hash tells in which. Texts are deflated UTF-8.
CREATE TABLE mirrors (
    document_id uuid PRIMARY KEY REFERENCES documents (id),
    base_hash text NOT NULL,
    base_text bytea NOT NULL,
    line_end text NOT NULL CHECK (line_end IN ('lf', 'crlf')),
    has_bom boolean NOT NULL,
    encoding text NOT NULL,
    -- The newest row of the log that was read before the base's text was: later ones may not be on
    -- disk yet.
    log_seq bigint NOT NULL DEFAULT 0,
    intent_hash text,
    intent_text bytea,
    intent_line_end text,
    intent_has_bom boolean,
    intent_encoding text,
    intent_seq bigint,
    CHECK ((intent_hash IS NULL) = (intent_text IS NULL))
);

ALTER TABLE documents DROP COLUMN file_hash;
ALTER TABLE documents DROP COLUMN line_end;
ALTER TABLE documents DROP COLUMN has_bom;
ALTER TABLE documents DROP COLUMN encoding;
ALTER TABLE documents DROP COLUMN saved_rows;
