// Document selectors of dynamic registrations (LSP 3.18, "DocumentSelector").

/** Whether a selector admits a document; without a selector every document is admitted. */
export function selects(selector, document) {
  return !selector || selector.some((filter) => admits(filter, document));
}

function admits(filter, { uri, languageId }) {
  if (typeof filter === 'string') return filter === languageId;
  if (filter.language && filter.language !== languageId) return false;
  if (filter.scheme && !uri.startsWith(`${filter.scheme}:`)) return false;
  const pattern = typeof filter.pattern === 'object' ? filter.pattern.pattern : filter.pattern;
  return !pattern || globExpression(pattern).test(new URL(uri).pathname);
}

/** A glob with `*`, `?`, `**`, `{a,b}` and `[a-z]` as a regular expression that matches the end of a path. */
function globExpression(pattern) {
  const parts = pattern.replace(/\*\*\/|\*\*|\*|\?|\{|\}|,|[.+^$()|\\]/g, (found) => {
    switch (found) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        return '(?:';
      case '}':
        return ')';
      case ',':
        return '|';
      default:
        return `\\${found}`;
    }
  });
  return new RegExp(`(?:^|/)${parts}$`);
}
