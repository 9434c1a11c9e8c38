import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
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

/** How hard the compression tries. */
export interface Effort {
  readonly brotli: number;
  readonly gzip: number;
}

/** For a page that many people load: a minute of CPU time. */
export const BEST: Effort = { brotli: constants.BROTLI_MAX_QUALITY, gzip: constants.Z_BEST_COMPRESSION };

/** For a page that somebody waits for: one second, and a fifth more bytes. */
export const FAST: Effort = { brotli: 6, gzip: 6 };

const CODINGS = {
  '.br': (bytes: Buffer, effort: Effort): Promise<Buffer> =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: effort.brotli,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  '.gz': (bytes: Buffer, effort: Effort): Promise<Buffer> => promisify(gzip)(bytes, { level: effort.gzip }),
};

/**
 * Writes `NAME.br` and `NAME.gz` beside each file of the build that becomes smaller by it; the server sends them to
 * clients that accept the coding. The results of the last build are cached by content, since the best brotli takes a
 * minute for a large page. Compresses on all cores.
 *
 * @param cache the folder of the cache
 */
export function compressed(cache: string, effort: Effort): Plugin {
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
      const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((file) => file.isFile() && EXTENSIONS.has(extname(file.name)))
        .values();
      const compressSome = async (): Promise<void> => {
        for (const file of files) {
          (await compress(join(file.parentPath, file.name), cache, effort)).forEach((name) => unused.delete(name));
        }
      };
      await Promise.all(Array.from({ length: availableParallelism() }, compressSome));
      for (const name of unused) {
        await rm(join(cache, name), { force: true });
      }
    },
  };
}

/** @returns the names in the cache that were used */
async function compress(file: string, cache: string, effort: Effort): Promise<readonly string[]> {
  const bytes = await readFile(file);
  if (bytes.length < LEAST_BYTES) {
    return [];
  }
  const names: string[] = [];
  const hash = createHash('sha256').update(bytes).digest('hex');
  for (const [suffix, coding] of Object.entries(CODINGS)) {
    const name = `${hash}-br${effort.brotli}-gz${effort.gzip}${suffix}`;
    const known = join(cache, name);
    names.push(name);
    const packed = await readFile(known).catch(() => undefined) ?? (await store(known, await coding(bytes, effort)));
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
