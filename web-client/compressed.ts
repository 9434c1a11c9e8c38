import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Media that are compressed already, such as images and `woff2` fonts, are left out. */
const EXTENSIONS = new Set(['.css', '.html', '.js', '.json', '.svg', '.tmLanguage', '.ttf', '.wasm', '.webmanifest']);

/** A smaller file fits one packet as it is. */
const LEAST_BYTES = 1024;

/** A variant that saves less than a tenth is not worth a second copy. */
const WORTH = 0.9;

/** Part of the cache's names: change it with the options of the compression. */
const VERSION = 'br11-gz9';

const CODINGS = {
  '.br': (bytes: Buffer): Promise<Buffer> =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  '.gz': (bytes: Buffer): Promise<Buffer> => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/**
 * Writes `NAME.br` and `NAME.gz` beside each file of the build that becomes smaller by it; the server sends them to
 * clients that accept the coding. The results of the last build are cached by content, since the best brotli takes a
 * minute for a large page.
 *
 * @param cache the folder of the cache
 */
export function compressed(cache: string): Plugin {
  let folder = '';
  let isWritten = false;
  return {
    name: 'qide-compressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    writeBundle() {
      isWritten = true;
    },
    // Also called after a failed build, whose error must stay the one that is reported.
    async closeBundle() {
      if (!isWritten) return;
      await mkdir(cache, { recursive: true });
      const unused = new Set(await readdir(cache));
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      for (const file of files) {
        if (file.isFile() && EXTENSIONS.has(extname(file.name))) {
          (await compress(join(file.parentPath, file.name), cache)).forEach((name) => unused.delete(name));
        }
      }
      for (const name of unused) {
        await rm(join(cache, name), { force: true });
      }
    },
  };
}

/** @returns the names in the cache that were used */
async function compress(file: string, cache: string): Promise<readonly string[]> {
  const bytes = await readFile(file);
  if (bytes.length < LEAST_BYTES) {
    return [];
  }
  const names: string[] = [];
  const hash = createHash('sha256').update(bytes).digest('hex');
  for (const [suffix, coding] of Object.entries(CODINGS)) {
    const name = `${hash}-${VERSION}${suffix}`;
    const known = join(cache, name);
    names.push(name);
    const packed = await readFile(known).catch(() => undefined) ?? (await store(known, await coding(bytes)));
    if (packed.length < bytes.length * WORTH) {
      await writeFile(file + suffix, packed);
    }
  }
  return names;
}

/** A reader never sees half a file: the build may run twice at once. */
async function store(file: string, bytes: Buffer): Promise<Buffer> {
  const part = `${file}.${process.pid}`;
  await writeFile(part, bytes);
  await rename(part, file);
  return bytes;
}
