// A plugin of the TypeScript server that VS Code's own extension runs. That extension answers for documents of every scheme, but of a
// workspace it knows only the open ones: without the other files, a definition ends at the import, and every suggestion that it
// finds is shown a second time. For the files of a workspace this plugin gives no answers, so that those of the language server of the
// workspace are shown alone.

/** The extension's name for a document of the scheme `qide`, on a desktop and in a browser. */
const NAME = /^\^?\/qide\//;

const NOTHING = () => undefined;
const NONE = () => [];

/** What each method answers for a file of a workspace; its first parameter is the file. */
const ANSWERS = {
  findReferences: NOTHING,
  getCodeFixesAtPosition: NONE,
  getApplicableRefactors: NONE,
  getCompletionsAtPosition: NOTHING,
  getCompletionEntryDetails: NOTHING,
  getDefinitionAndBoundSpan: NOTHING,
  getDefinitionAtPosition: NOTHING,
  getDocumentHighlights: NOTHING,
  getImplementationAtPosition: NOTHING,
  getNavigationTree: NOTHING,
  getQuickInfoAtPosition: NOTHING,
  getReferencesAtPosition: NOTHING,
  getSemanticDiagnostics: NONE,
  getSignatureHelpItems: NOTHING,
  getSuggestionDiagnostics: NONE,
  getSyntacticDiagnostics: NONE,
  getTypeDefinitionAtPosition: NOTHING,
};

function create({ languageService }) {
  const quiet = Object.create(languageService);
  for (const [name, answer] of Object.entries(ANSWERS)) {
    quiet[name] = (file, ...more) => (NAME.test(file) ? answer() : languageService[name](file, ...more));
  }
  return quiet;
}

module.exports = () => ({ create });
