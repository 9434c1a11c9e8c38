// `/ws` joins what several language servers answer. This takes out the part of the one that is compared.

const ESLINT = 'eslint';

/** The part of an answer of `/ws` that comes from the project's own language server. */
export function ownPart(answer, one, way, project) {
  if (way !== '/ws' || answer.error) return answer;
  if (one.isOfLanguage && Array.isArray(answer.value)) {
    return { value: answer.value.filter(({ location }) => !location.uri.endsWith('/other.css') && !location.uri.endsWith('/other.json')) };
  }
  if (project.language === ESLINT && Array.isArray(answer.value)) return { value: answer.value.filter(isOfEslint) };
  return answer;
}

const isOfEslint = (each) => each.source === ESLINT || String(each.command?.command ?? each.command).startsWith('eslint.');
