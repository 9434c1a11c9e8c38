// The table of features and languages.

/** What a person calls each request. */
export const FEATURES = new Map([
  ['diagnostics', 'diagnostics'],
  ['diagnostics after a mistake', 'diagnostics'],
  ['diagnostics after its correction', 'diagnostics'],
  ['completion', 'completion, with documentation'],
  ['completion (trigger)', 'completion, with documentation'],
  ['hover', 'hover'],
  ['signatureHelp', 'signature help'],
  ['definition', 'definition, declaration, implementation, type'],
  ['declaration', 'definition, declaration, implementation, type'],
  ['implementation', 'definition, declaration, implementation, type'],
  ['typeDefinition', 'definition, declaration, implementation, type'],
  ['text outside the project', 'definition in a library'],
  ['references', 'references'],
  ['documentHighlight', 'document highlight'],
  ['documentSymbol', 'symbols of a file'],
  ['workspace/symbol', 'symbols of the workspace'],
  ['prepareRename', 'rename'],
  ['rename', 'rename'],
  ['quick fix', 'quick fix'],
  ['codeAction', 'code actions'],
  ['formatting', 'formatting'],
  ['rangeFormatting', 'formatting'],
  ['onTypeFormatting', 'formatting'],
  ['foldingRange', 'folding'],
  ['selectionRange', 'expanding a selection'],
  ['linkedEditingRange', 'linked editing'],
  ['codeLens', 'code lens'],
  ['inlayHint', 'inlay hints'],
  ['semanticTokens/full', 'semantic tokens'],
  ['semanticTokens/range', 'semantic tokens'],
  ['documentLink', 'links'],
  ['documentColor', 'colours'],
  ['colorPresentation', 'colours'],
  ['prepareCallHierarchy', 'hierarchy of calls and types'],
  ['prepareTypeHierarchy', 'hierarchy of calls and types'],
]);

/** Cells: how many cases are equal, `+` how many differ for a reason, and how many are lost; none where nobody announces it. */
export function featureTable(results, way) {
  const projects = [...new Set(results.map(({ project }) => project))];
  const cell = (all) => {
    const of = (outcome) => all.filter(({ outcomes }) => outcomes[way].outcome === outcome).length;
    const [equal, reason, lost] = [of('equal'), of('reason'), of('lost')];
    return all.length === 0 ? '' : `${equal}${reason > 0 ? ` + ${reason}` : ''}${lost > 0 ? `, **${lost} lost**` : ''}`;
  };
  const row = (name, isOfRow) => [name, ...projects.map((project) => cell(results.filter((result) => result.project === project && isOfRow(result))))];
  const names = [...new Set(FEATURES.values())].filter((name) => results.some(({ row: one }) => FEATURES.get(one) === name));
  const lines = [['feature', ...projects], ['---', ...projects.map(() => '--:')], ...names.map((name) => row(name, (result) => FEATURES.get(result.row) === name)), row('**all**', () => true)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
