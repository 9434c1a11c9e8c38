/** Asks for files of this computer; empty if the person chooses none. */
export function chooseFiles({ accept = '', multiple = false, folder = false } = {}): Promise<File[]> {
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', accept, multiple, webkitdirectory: folder, hidden: true });
  input.setAttribute('aria-label', folder ? 'Folder' : 'File');
  document.body.append(input);
  return new Promise<File[]>((resolve) => {
    input.addEventListener('change', () => resolve([...(input.files ?? [])]), { once: true });
    input.addEventListener('cancel', () => resolve([]), { once: true });
    input.click();
  }).finally(() => input.remove());
}
