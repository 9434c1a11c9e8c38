// Waiting for a condition with a deadline.

/** @returns waits until `condition()` holds, and throws after `patienceMs`, naming `what` */
export function waiting(patienceMs, pollMs) {
  return async function until(what, condition) {
    const end = Date.now() + patienceMs;
    while (!condition()) {
      if (Date.now() > end) {
        throw new Error(`not within ${patienceMs} ms: ${what}`);
      }
      await new Promise((next) => setTimeout(next, pollMs));
    }
  };
}
