// Cases of a single request.

/** @param more `provider`, `registration`, `needs` (a member of the provider's options), `isOnce` */
export const simple = (row, method, document, params, more) => ({
  row,
  method,
  document,
  registration: method,
  label: `${document.path}${params.position ? `:${params.position.line + 1}:${params.position.character + 1}` : ''}`,
  ask: (endpoint) => endpoint.request(method, params),
  ...more,
});
