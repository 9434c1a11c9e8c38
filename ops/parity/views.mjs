// `/ws` joins what several language servers answer. This takes out the part of the one that is compared.

const ESLINT = 'eslint';

/** What of a list comes from the project's own language server. */
export function ownItems(project, value) {
  return project.language === ESLINT && Array.isArray(value) ? value.filter(isOfEslint) : value;
}

/** The part of an answer of `/ws` that comes from the project's own language server. */
export function ownPart(answer, one, way, project) {
  if (way !== '/ws' || answer.error) return answer;
  if (one.isOfLanguage && Array.isArray(answer.value)) return { value: answer.value.filter(({ location }) => !/\/other\.(css|json)$/.test(location.uri)) };
  return { value: ownItems(project, answer.value) };
}

const isOfEslint = (each) => each.source === ESLINT || each.kind?.endsWith('.eslint') || String(each.command?.command ?? each.command).startsWith('eslint.');
