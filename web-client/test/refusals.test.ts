import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../src/api.js';
import { isOwner, mayTrust, treeRefusal, workspaceRefusal } from '../src/refusals.js';

const FROM_THE_SERVER = 'what the server says';
const refused = (failure: string, tags: Record<string, string> = {}) => new ApiError(failure as ApiError['failure'], 400, FROM_THE_SERVER, tags);

describe('refusals', () => {
  it('say by name why a path was not taken', () => {
    const sentence = (failure: string, tags?: Record<string, string>) => treeRefusal(refused(failure, tags), 'a/b.py');
    assert.equal(sentence('file-exists', { path: 'c.py' }), 'There is something at c.py already: nothing was overwritten.');
    assert.equal(sentence('path-illegal', { reason: 'backslash' }), '“a/b.py” cannot be a path here: it has a backslash.');
    assert.equal(sentence('path-illegal', { reason: 'of-another-version' }), '“a/b.py” cannot be a path here.');
    assert.equal(sentence('path-illegal', { reason: 'inside-itself' }), 'A folder cannot be moved into itself.');
    assert.equal(sentence('archive-refused', { reason: 'link', entry: 'x' }), 'The archive was not taken: it holds a link (x).');
    assert.equal(sentence('archive-refused', { reason: 'of-another-version' }), 'The archive was not taken: it cannot be read.');
  });

  it('are the server’s own sentence for what has no other', () => {
    assert.equal(treeRefusal(refused('store-unavailable'), 'a'), FROM_THE_SERVER);
    assert.equal(workspaceRefusal(refused('store-unavailable'), 'a'), FROM_THE_SERVER);
  });

  it('of workspaces name the one that is there', () => {
    assert.equal(workspaceRefusal(refused('workspace-exists', { name: 'Demo' }), 'demo'), 'There is a workspace named Demo already.');
    assert.match(workspaceRefusal(refused('path-clash'), 'demo'), /upper and lower case/);
  });

  it('go with what a login may do: role and scopes together', () => {
    const person = (role: string, ...scopes: string[]) => ({ id: '1', name: 'Ann', role, scopes });
    assert.deepEqual([isOwner(person('owner', 'edit')), isOwner(person('owner', 'read')), isOwner(person('editor', 'edit'))], [true, false, false]);
    assert.deepEqual([mayTrust(person('owner', 'admin')), mayTrust(person('owner', 'edit'))], [true, false]);
  });
});
