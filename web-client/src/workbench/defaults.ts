import { TERMINAL_PROFILE } from './contributions.js';

/** The width in CSS pixels up to which the page shows one thing at a time. */
export const PHONE_PIXELS = 600;

export function isPhone(): boolean {
  return matchMedia(`(max-width: ${PHONE_PIXELS}px)`).matches;
}

/** Defaults where this page differs from VS Code; a person's own settings go before them. */
export function defaults(): Record<string, unknown> {
  return {
    'window.title': '${activeEditorShort}${separator}${rootName}${separator}Q-IDE',
    'window.autoDetectColorScheme': true,
    'window.commandCenter': true,
    'workbench.iconTheme': 'vs-seti',
    'workbench.startupEditor': 'none',
    'workbench.enableExperiments': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.layoutControl.enabled': false,
    'workbench.tips.enabled': false,
    'editor.inlineSuggest.enabled': true,
    // A dimmed number of the last line has too little contrast.
    'editor.renderFinalNewline': 'on',
    // The worker's answers may refer to a text that somebody else has changed meanwhile.
    'editor.experimental.asyncTokenization': false,
    // The server stores every edit by itself.
    'files.autoSave': 'off',
    'files.hotExit': 'off',
    'telemetry.telemetryLevel': 'off',
    'extensions.autoCheckUpdates': false,
    'extensions.autoUpdate': false,
    'security.workspace.trust.enabled': false,
    // What the panel's buttons open: without it, Split reports an error although it works.
    ...Object.fromEntries(['linux', 'osx', 'windows'].map((system) => [`terminal.integrated.defaultProfile.${system}`, TERMINAL_PROFILE.title])),
    ...(isPhone() ? PHONE : {}),
  };
}

const PHONE: Record<string, unknown> = {
  'workbench.activityBar.location': 'hidden',
  'workbench.editor.showTabs': 'single',
  'breadcrumbs.enabled': false,
  'window.menuBarVisibility': 'hidden',
  'editor.minimap.enabled': false,
  'editor.wordWrap': 'on',
  'editor.folding': false,
  'editor.glyphMargin': false,
  'editor.lineNumbersMinChars': 3,
};
