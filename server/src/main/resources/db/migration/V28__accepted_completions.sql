-- How many inline completions were sent to an editor that still waited for them, and how many of these its person
-- accepted. A previous version leaves both at 0.
ALTER TABLE ai_usage ADD COLUMN completions_shown bigint NOT NULL DEFAULT 0 CHECK (completions_shown >= 0);
ALTER TABLE ai_usage ADD COLUMN completions_accepted bigint NOT NULL DEFAULT 0 CHECK (completions_accepted >= 0);
