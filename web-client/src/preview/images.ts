import type { FilesApi } from '../api.js';

/** The largest image that is shown, in bytes. */
const IMAGE_BYTES = 16 << 20;

const TYPES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

/** Whether a file is shown as an image. An SVG file is text; only a preview of Markdown shows it. */
export function isImage(path: string): boolean {
  return endOf(path) in TYPES;
}

/** An image of the workspace as a data URL, the only address of an image that the content security policy allows. */
export async function dataUrlOf(api: FilesApi, path: string): Promise<string> {
  const type = TYPES[endOf(path)] ?? 'image/svg+xml';
  const blob = await api.download(path);
  if (blob.size > IMAGE_BYTES) throw new Error(`${path} is larger than ${IMAGE_BYTES >> 20} MiB, so it is not shown. Download it.`);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([blob], { type }));
  });
}

function endOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase();
}
