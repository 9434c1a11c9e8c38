-- The token that an invitation was made with, and ends with; null for the login of an account. A share has it in
-- tokens.origin_hash.
ALTER TABLE invitations ADD COLUMN origin_hash bytea CHECK (length(origin_hash) = 32);
