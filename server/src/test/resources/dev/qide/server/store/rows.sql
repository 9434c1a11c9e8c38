-- Rows as each version wrote them: UpgradeTest runs a block right after the migration that its heading names. Each table has a row as
-- soon as it exists. A new migration that creates a table gets a block here; the existing blocks never change.

-- V1
INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'demo');
INSERT INTO leases (workspace_id, epoch) VALUES ('00000000-0000-4000-8000-000000000001', 3);
INSERT INTO documents (id, workspace_id, path, incarnation, genesis_client, file_hash, line_end, has_bom, encoding, saved_rows)
    VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'src/ü.py', 'first', 4294967297, 'ab', 'lf', false, 'UTF-8', 1);
INSERT INTO geneses (workspace_id, client, document_id)
    VALUES ('00000000-0000-4000-8000-000000000001', 4294967297, '00000000-0000-4000-8000-000000000002');
INSERT INTO document_updates (document_id, data)
    VALUES ('00000000-0000-4000-8000-000000000002', '\x0001'), ('00000000-0000-4000-8000-000000000002', '\x0002');
INSERT INTO logins (token_hash, person_id, person_name, role, scopes, expires_at)
    VALUES (decode(repeat('01', 32), 'hex'), '00000000-0000-4000-8000-000000000003', 'Ann', 'OWNER', 'EDIT', '2100-01-01');

-- V2
INSERT INTO mirrors (document_id, base_hash, base_text, line_end, has_bom, encoding, log_seq)
    VALUES ('00000000-0000-4000-8000-000000000002', 'ab', 'text', 'crlf', true, 'UTF-8', 2);

-- V3
INSERT INTO tokens (id, token_hash, person_id, person_name, role, scopes, created_at, expires_at)
    VALUES ('00000000-0000-4000-8000-000000000004', decode(repeat('02', 32), 'hex'), '00000000-0000-4000-8000-000000000003', 'Ann', 'OWNER', 'EDIT,ADMIN', '2026-11-01', NULL);
INSERT INTO logins (token_hash, person_id, person_name, role, scopes, expires_at, origin_hash)
    VALUES (decode(repeat('03', 32), 'hex'), '00000000-0000-4000-8000-000000000003', 'Ann', 'OWNER', 'EDIT', '2100-01-01', decode(repeat('02', 32), 'hex'));

-- V4
INSERT INTO document_updates (document_id, data, is_joined) VALUES ('00000000-0000-4000-8000-000000000002', '\x0003', true);
INSERT INTO document_history (document_id, seq, data) VALUES ('00000000-0000-4000-8000-000000000002', 1, '\x0001');
UPDATE leases SET attempt = nextval('lease_attempts');

-- V5
INSERT INTO moves (id, workspace_id, from_path, to_path, file_key)
    VALUES ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-000000000001', 'a.py', 'b.py', '1:2');

-- V6
INSERT INTO workspaces (id, name, is_made) VALUES ('00000000-0000-4000-8000-000000000006', 'Made', true);
INSERT INTO workspaces (id, name, is_made, retired_at) VALUES ('00000000-0000-4000-8000-000000000007', 'made', true, '2026-11-01');
INSERT INTO trusts (workspace_id, directory) VALUES ('00000000-0000-4000-8000-000000000001', '/home/ann/demo');

-- V7
INSERT INTO display_names (person_id, name) VALUES ('00000000-0000-4000-8000-000000000003', 'Ann ü');
INSERT INTO person_settings (person_id, name, body) VALUES ('00000000-0000-4000-8000-000000000003', 'settings.json', '{}');

-- V8
INSERT INTO sealed_secrets (owner, purpose, key_id, sealed) VALUES ('home', 'model:large', 'first', '\x00ff');

-- V9
INSERT INTO organisations (id, name) VALUES ('f1d391b5-c81e-34e8-a2cf-0b23ccb56038', 'home'), ('00000000-0000-4000-8000-000000000008', 'acme');
INSERT INTO people (id, name, created_at) VALUES ('00000000-0000-4000-8000-000000000009', 'Ben', '2026-11-01');
INSERT INTO accounts (provider, subject, person_id, email, linked_at)
    VALUES ('github', '42', '00000000-0000-4000-8000-000000000009', 'ben@example.com', '2026-11-01');
INSERT INTO memberships (organisation_id, person_id, role)
    VALUES ('f1d391b5-c81e-34e8-a2cf-0b23ccb56038', '00000000-0000-4000-8000-000000000009', 'EDITOR');
INSERT INTO invitations (id, code_hash, organisation_id, role, created_at, expires_at)
    VALUES ('00000000-0000-4000-8000-00000000000a', decode(repeat('04', 32), 'hex'), '00000000-0000-4000-8000-000000000008', 'VIEWER', '2026-11-01', '2100-01-01');
INSERT INTO logins (token_hash, person_id, person_name, role, scopes, expires_at, provider, subject)
    VALUES (decode(repeat('05', 32), 'hex'), '00000000-0000-4000-8000-000000000009', 'Ben', 'EDITOR', 'EDIT', '2100-01-01', 'github', '42');

-- V10
INSERT INTO chat_messages (workspace_id, person_id, person_name, text, client_key)
    VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000009', 'Ben', E'hello\nü', 'k');

-- V11
INSERT INTO tokens (id, token_hash, person_id, person_name, role, scopes, created_at, workspace_id, shared_by)
    VALUES ('00000000-0000-4000-8000-00000000000b', decode(repeat('06', 32), 'hex'), '00000000-0000-4000-8000-00000000000c', 'Guest', 'VIEWER', 'READ', '2026-11-01', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003');

-- V12
INSERT INTO ai_conversations (id, person_id, workspace_id, title, messages, updated_at)
    VALUES ('00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000001', 'Why?', '[{"role": "user"}]', '2026-11-01');
INSERT INTO ai_usage (day, person_id, workspace, model, purpose, is_estimated, calls, input_tokens, output_tokens, cost_micros)
    VALUES ('2026-11-01', '00000000-0000-4000-8000-000000000009', 'demo', 'large', 'chat', false, 1, 2, 3, 4),
           ('2026-11-01', '00000000-0000-4000-8000-000000000009', 'acme:site', 'large', 'chat', false, 1, 2, 3, 4),
           ('2026-11-01', '00000000-0000-4000-8000-000000000009', '', 'large', 'api', true, 1, 2, 3, 4);

-- V13
UPDATE mirrors SET base_change = '00000000-0000-4000-8000-00000000000e';

-- V14
INSERT INTO tokens (id, token_hash, person_id, person_name, role, scopes, created_at, label, origin_hash)
    VALUES ('00000000-0000-4000-8000-00000000000f', decode(repeat('07', 32), 'hex'), '00000000-0000-4000-8000-000000000009', 'Ben', 'EDITOR', 'EDIT', '2026-11-01', 'laptop', decode(repeat('05', 32), 'hex'));

-- V15
INSERT INTO audit_events (at, person_id, operation, object, address, result)
    VALUES ('2026-11-01', '00000000-0000-4000-8000-000000000003', 'LOGIN', 'Ann', '127.0.0.1', 'ok');

-- V16
INSERT INTO workspaces (id, name, is_made, organisation_id)
    VALUES ('00000000-0000-4000-8000-000000000010', 'made', true, '00000000-0000-4000-8000-000000000008');
INSERT INTO workspace_members (workspace_id, person_id, role)
    VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000009', 'VIEWER');
INSERT INTO removed_members (organisation_id, person_id, removed_at)
    VALUES ('00000000-0000-4000-8000-000000000008', '00000000-0000-4000-8000-000000000009', '2026-11-02');

-- V17
UPDATE invitations SET origin_hash = decode(repeat('05', 32), 'hex');

-- V18
INSERT INTO models (name, entry) VALUES ('large', '{}');
INSERT INTO local_only_workspaces (workspace_id) VALUES ('00000000-0000-4000-8000-000000000001');

-- V19
INSERT INTO organisation_budgets (organisation_id, period, tokens, soft)
    VALUES ('00000000-0000-4000-8000-000000000008', 'DAY', 1000, 0.8);

-- V20
INSERT INTO ai_usage (day, person_id, organisation, workspace, model, purpose, is_estimated, calls, input_tokens, output_tokens, cost_micros)
    VALUES ('2026-11-02', '00000000-0000-4000-8000-000000000009', 'acme', '', 'large', 'api', false, 1, 2, 3, 4);

-- V21
INSERT INTO component_days (day, component, up, degraded, down) VALUES ('2026-11-01', 'server', 9, 1, 0);
INSERT INTO incidents (id, title, started_at) VALUES ('00000000-0000-4000-8000-000000000011', 'Slow', '2026-11-01');
INSERT INTO incident_updates (incident_id, at, state, text)
    VALUES ('00000000-0000-4000-8000-000000000011', '2026-11-01', 'RESOLVED', 'Fast again.');

-- V22
UPDATE mirrors SET intent_hash = 'cd', intent_text = 'new', intent_line_end = 'lf', intent_has_bom = false, intent_encoding = 'UTF-8', intent_seq = 3, intent_replaces = '1:2';

-- V23
INSERT INTO nodes (id, client_address, process_id) VALUES ('00000000-0000-4000-8000-000000000012', '10.0.0.1', 1);

-- V24
INSERT INTO tickets (ticket_hash, person_id, credential_hash, is_login, expires_at)
    VALUES (decode(repeat('08', 32), 'hex'), '00000000-0000-4000-8000-000000000009', decode(repeat('05', 32), 'hex'), true, '2026-11-01');

-- V27
UPDATE leases SET offered_to = '00000000-0000-4000-8000-000000000012', offered_at = '2026-11-01';

-- V28
UPDATE ai_usage SET completions_shown = 2, completions_accepted = 1;

-- V29
INSERT INTO workspace_trees (workspace_id, epoch, is_complete) VALUES ('00000000-0000-4000-8000-000000000006', 1, true);
INSERT INTO workspace_files (workspace_id, path, kind, mode, bytes, modified, hash)
    VALUES ('00000000-0000-4000-8000-000000000006', 'a ü.bin', 'file', 420, 9, 1, 'ab');
INSERT INTO blobs (workspace_id, hash, chunk, is_deflated, content)
    VALUES ('00000000-0000-4000-8000-000000000006', 'ab', 0, false, '\x010203');

-- V30
UPDATE memberships SET by_rule = true, admitted_provider = 'github', admitted_subject = '42';
