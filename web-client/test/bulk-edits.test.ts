import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { BulkEdits, MAX_OPEN_DOCUMENTS, type BulkEditService, type ResourceEdit, type BulkEditPreviewHandler } from '../src/text/bulk-edits.js';
import { SharedFile } from '../src/text/shared-file.js';

const part = (path: string): ResourceEdit => ({ resource: { scheme: 'qide', path } });

/** The workbench's service: shows a preview if that is wanted, then opens the files. */
class Service implements BulkEditService {
  /** The edits that were made. */
  readonly made: string[][] = [];
  /** Opens the files of an edit. */
  open: (paths: readonly string[]) => void = () => {};
  private preview: BulkEditPreviewHandler | null = null;

  async apply(edits: readonly ResourceEdit[] | { readonly edits: readonly ResourceEdit[] }, options?: { readonly showPreview?: boolean }): Promise<void> {
    const all = 'edits' in edits ? edits.edits : edits;
    const parts = this.preview && options?.showPreview ? await this.preview(all, options) : all;
    const paths = parts.flatMap(({ resource }) => resource?.path ?? []);
    this.open(paths);
    this.made.push(paths);
  }

  hasPreviewHandler(): boolean {
    return this.preview !== null;
  }

  setPreviewHandler(handler: BulkEditPreviewHandler): void {
    this.preview = handler;
  }
}

function unshared(path: string): SharedFile {
  const file = new SharedFile(path);
  file.state.refusal = `${path} is too large.`;
  return file;
}

describe('an edit of several files', () => {
  let open: Map<string, SharedFile>;
  let warnings: string[];
  let edits: BulkEdits;
  let service: Service;

  beforeEach(() => {
    open = new Map();
    warnings = [];
    const files = { get: (path: string) => open.get(path), makeRoom: (paths: ReadonlySet<string>, most: number) => Math.max(0, open.size + paths.size - most) };
    edits = new BulkEdits(files, ({ path }) => path, (sentence) => void warnings.push(sentence));
    service = new Service();
    edits.guard(service);
  });

  it('fails before it changes anything if a file is open that is not shared', async () => {
    open.set('b', unshared('b'));
    await assert.rejects(service.apply([part('a'), part('b')]), /b is too large/);
    await service.apply({ edits: [part('a'), {}] });
    assert.deepEqual(service.made, [['a']]);
    assert.deepEqual(warnings, ['Nothing was changed, because one of the files cannot be edited. b is too large.']);
  });

  it('fails when one of its files turns out not to be shared', async () => {
    service.open = (paths) => paths.forEach((path) => edits.notShared(path, unshared(path)));
    await assert.rejects(service.apply([part('a')]), /a is too large/);
    assert.deepEqual(service.made, []);
    assert.equal(warnings.length, 1);
  });

  it('lets files be opened whose text it does not change', async () => {
    service.open = () => edits.notShared('large', unshared('large'));
    await service.apply([part('a')]);
    assert.deepEqual(service.made, [['a']]);
    edits.notShared('a', unshared('a'));
    assert.deepEqual(warnings, []);
  });

  it('lets each file be opened while the person looks at its preview', async () => {
    service.setPreviewHandler(async (parts) => {
      for (const path of ['large', 'b']) edits.notShared(path, unshared(path));
      return parts;
    });
    await service.apply([part('a'), part('b')], { showPreview: true });
    assert.deepEqual(service.made, [['a', 'b']]);
    service.open = () => edits.notShared('b', unshared('b'));
    await assert.rejects(service.apply([part('a'), part('b')], { showPreview: true }), /b is too large/);
    assert.equal(service.made.length, 1);
  });

  it('fails after its preview if a file that was chosen is not shared by then', async () => {
    let chosen = ['a', 'b'];
    service.setPreviewHandler(async () => {
      open.set('b', unshared('b'));
      return chosen.map(part);
    });
    await assert.rejects(service.apply([part('a'), part('b')], { showPreview: true }), /b is too large/);
    open.clear();
    chosen = ['a'];
    await service.apply([part('a'), part('b')], { showPreview: true });
    assert.deepEqual(service.made, [['a']]);
  });

  it('is refused at once if it needs more files than can be open', async () => {
    const files = (count: number) => Array.from({ length: count }, (_, index) => part(`${index}`));
    await assert.rejects(service.apply([...files(MAX_OPEN_DOCUMENTS + 1), part('0')]), /affects 257 files: at most 256 files/);
    await service.apply(files(MAX_OPEN_DOCUMENTS));
    open.set('x', new SharedFile('x')).set('y', new SharedFile('y'));
    await assert.rejects(service.apply(files(MAX_OPEN_DOCUMENTS)), /Close 2 of the other files/);
    assert.equal(service.made.length, 1);
    assert.equal(warnings.length, 2);
  });

  it('does not warn when the workbench itself fails', async () => {
    service.open = () => assert.fail('changed in the meantime');
    await assert.rejects(service.apply([part('a')]), /changed in the meantime/);
    assert.deepEqual(warnings, []);
  });
});
