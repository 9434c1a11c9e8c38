const WORKERS: Readonly<Record<string, () => Worker>> = {
  editorWorkerService: () => new Worker(new URL('@codingame/monaco-vscode-editor-api/esm/vs/editor/editor.worker.js', import.meta.url), { type: 'module' }),
  TextMateWorker: () => new Worker(new URL('@codingame/monaco-vscode-textmate-service-override/worker', import.meta.url), { type: 'module' }),
  OutputLinkDetectionWorker: () => new Worker(new URL('@codingame/monaco-vscode-output-service-override/worker', import.meta.url), { type: 'module' }),
};

/** Creates the editor's workers from files of this server: the content security policy admits no `blob:` URL. */
export function defineWorkers(): void {
  (self as unknown as { MonacoEnvironment: object }).MonacoEnvironment = {
    getWorker: (_: string, label: string) => {
      const create = WORKERS[label];
      if (!create) throw new Error(`This page has no worker named ${label}.`);
      return create();
    },
  };
}
