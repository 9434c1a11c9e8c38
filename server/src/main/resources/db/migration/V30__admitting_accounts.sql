-- The account with which a login provider's rule (by_rule) admitted the member. Only logins with this account are
-- checked against the rule. Null in rows of earlier versions: the person's first account.
ALTER TABLE memberships ADD COLUMN admitted_provider text;
ALTER TABLE memberships ADD COLUMN admitted_subject text;
