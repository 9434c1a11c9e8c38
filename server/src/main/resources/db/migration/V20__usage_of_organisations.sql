-- The organisation that a call belongs to: that of its workspace; for a call outside any workspace the one that the caller chose,
-- or none (empty).
ALTER TABLE ai_usage ADD COLUMN organisation text NOT NULL DEFAULT '';

UPDATE ai_usage
SET organisation = CASE strpos(workspace, ':') WHEN 0 THEN 'home' ELSE split_part(workspace, ':', 1) END
WHERE workspace <> '';

ALTER TABLE ai_usage ALTER COLUMN organisation DROP DEFAULT;
ALTER TABLE ai_usage DROP CONSTRAINT ai_usage_pkey;
ALTER TABLE ai_usage ADD PRIMARY KEY (day, person_id, organisation, workspace, model, purpose, is_estimated);
