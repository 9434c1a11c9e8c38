-- Whether the file got the content of the intent. Without it a program that restores the former
-- content before the intent is confirmed could not be told from a write that did not happen.
ALTER TABLE mirrors ADD COLUMN intent_is_written boolean NOT NULL DEFAULT false;
