/** What only the page declares: commands and menus. The extension `qide-vscode` declares the rest. */
export const CONTRIBUTIONS = {
  commands: [
    { command: 'qide.switchWorkspace', title: 'Switch Workspace…', category: 'Q-IDE' },
    { command: 'qide.newWorkspace', title: 'New Workspace…', category: 'Q-IDE', enablement: 'qide.isOwner' },
    { command: 'qide.deleteWorkspace', title: 'Delete This Workspace…', category: 'Q-IDE', enablement: 'qide.isOwner && qide.isManaged' },
    { command: 'qide.trustWorkspace', title: 'Trust This Workspace…', category: 'Q-IDE', enablement: 'qide.mayTrust' },
    { command: 'qide.withdrawTrust', title: 'Stop Trusting This Workspace', category: 'Q-IDE', enablement: 'qide.mayTrust' },
    { command: 'qide.downloadZip', title: 'Download the Workspace as a Zip File', category: 'Q-IDE' },
    { command: 'qide.mergeZip', title: 'Merge a Zip File…', category: 'Q-IDE', enablement: 'qide.isEditor' },
    { command: 'qide.openAccount', title: 'Account: Sessions, Tokens, Data…', category: 'Q-IDE' },
    { command: 'qide.openAudit', title: 'Audit…', category: 'Q-IDE', enablement: 'qide.mayAudit' },
    { command: 'qide.openChat', title: 'Open the Chat with Models', category: 'Q-IDE', enablement: 'qide.mayChat' },
    { command: 'qide.inlineEdit', title: 'Change This Code with a Model…', category: 'Q-IDE', enablement: 'qide.mayChat && qide.isEditor && activeEditor' },
    { command: 'qide.changeName', title: 'Change Your Name…', category: 'Q-IDE', icon: '$(edit)' },
    { command: 'json.sort', title: 'Sort Document', category: 'JSON', enablement: 'editorLangId =~ /^jsonc?$/ && qide.isEditor' },
    { command: 'markdown.showPreview', title: 'Open Preview', category: 'Markdown', enablement: 'editorLangId == markdown' },
    { command: 'markdown.showPreviewToSide', title: 'Open Preview to the Side', category: 'Markdown', icon: '$(open-preview)', enablement: 'editorLangId == markdown' },
  ],
  keybindings: [
    // Says why there are no terminals. VS Code uses the key for terminals of the machine.
    { command: 'qide.newTerminal', key: 'ctrl+`', when: 'qide.areTerminalsDisabled' },
    { command: 'qide.inlineEdit', key: 'ctrl+i', mac: 'cmd+i', when: 'editorTextFocus && !editorReadonly && qide.mayChat' },
    { command: 'markdown.showPreview', key: 'ctrl+shift+v', mac: 'cmd+shift+v', when: 'editorLangId == markdown' },
    { command: 'markdown.showPreviewToSide', key: 'ctrl+k v', mac: 'cmd+k v', when: 'editorLangId == markdown' },
  ],
  menus: {
    'editor/context': [{ command: 'qide.inlineEdit', when: '!editorReadonly && qide.mayChat', group: '1_modification@9' }],
    'editor/title': [{ command: 'markdown.showPreviewToSide', when: "resourceLangId == markdown && activeEditor == 'workbench.editors.files.textFileEditor'", group: 'navigation' }],
    'explorer/context': [
      { command: 'qide.downloadZip', when: 'explorerResourceIsRoot', group: '6_qide@1' },
      { command: 'qide.mergeZip', when: 'explorerResourceIsRoot && qide.isEditor', group: '6_qide@2' },
    ],
    'view/title': [{ command: 'qide.changeName', when: 'view == qide.members', group: 'navigation' }],
  },
};

/** The profile of terminals, for people who may use them: the workbench needs it to split a terminal. */
export const TERMINAL_PROFILE = { id: 'qide.terminal', title: 'Q-IDE', icon: 'terminal' };
