import { ApiError, isOwner } from '@qide/client';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayTrust, treeRefusal, workspaceRefusal } from '../src/refusals.js';

const FROM_THE_SERVER = 'the server’s sentence';
const refused = (failure: string, tags: Record<string, string> = {}) => new ApiError(failure as ApiError['failure'], 400, FROM_THE_SERVER, tags);

describe('refusals', () => {
  it('name the reason why a path was refused', () => {
    const sentence = (failure: string, tags?: Record<string, string>) => treeRefusal(refused(failure, tags), 'a/b.py');
    assert.equal(sentence('file-exists', { path: 'c.py' }), 'c.py already exists; nothing was overwritten. Choose another path.');
    assert.equal(sentence('path-illegal', { reason: 'backslash' }), '“a/b.py” cannot be a path: it has a backslash.');
    assert.equal(sentence('path-illegal', { reason: 'of-another-version' }), '“a/b.py” cannot be a path.');
    assert.equal(sentence('path-illegal', { reason: 'inside-itself' }), 'A folder cannot be moved into itself. Choose another path.');
    assert.equal(sentence('archive-refused', { reason: 'link', entry: 'x' }), 'The zip file was refused: it contains a link (x).');
    assert.equal(sentence('archive-refused', { reason: 'of-another-version' }), 'The zip file was refused: it cannot be read.');
  });

  it('fall back to the server’s own sentence', () => {
    assert.equal(treeRefusal(refused('store-unavailable'), 'a'), FROM_THE_SERVER);
    assert.equal(workspaceRefusal(refused('store-unavailable'), 'a'), FROM_THE_SERVER);
  });

  it('of workspaces name the existing one', () => {
    assert.equal(workspaceRefusal(refused('workspace-exists', { name: 'Demo' }), 'demo'), 'A workspace named Demo already exists: choose another name.');
    assert.match(workspaceRefusal(refused('path-clash'), 'demo'), /upper and lower case/);
  });

  it('depend on role and scopes together', () => {
    const person = (role: string, ...scopes: string[]) => ({ id: '1', name: 'Ann', role, scopes });
    assert.deepEqual([isOwner(person('owner', 'edit')), isOwner(person('owner', 'read')), isOwner(person('editor', 'edit'))], [true, false, false]);
    assert.deepEqual([mayTrust(person('owner', 'admin')), mayTrust(person('owner', 'edit'))], [true, false]);
  });
});
