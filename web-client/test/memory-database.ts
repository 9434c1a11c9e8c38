/** The part of IndexedDB that the page uses for unacknowledged edits, in memory: one store, whose requests run in order. */
export class MemoryDatabase {
  private readonly records = new Map<string, object>();

  /** Makes this the browser's database. */
  install(): void {
    Object.assign(globalThis, { indexedDB: { open: () => answered({ transaction: () => this.transaction() }) } });
  }

  private transaction() {
    const transaction = { oncomplete: () => {}, objectStore: () => this.store() };
    // After the callbacks of its requests, also when a test stops the timers.
    setImmediate(() => transaction.oncomplete());
    return transaction;
  }

  private store() {
    return {
      put: (record: Record<string, unknown>) => {
        const key = ['person', 'workspace', 'path', 'page'].map((name) => record[name]);
        this.records.set(JSON.stringify(key), record);
        return answered(key);
      },
      get: (key: unknown) => answered(this.records.get(JSON.stringify(key))),
      getAll: () => answered([...this.records.values()]),
      delete: (key: unknown) => void this.records.delete(JSON.stringify(key)),
    };
  }
}

function answered(result: unknown) {
  const request = { result, onsuccess: () => {} };
  queueMicrotask(() => request.onsuccess());
  return request;
}
