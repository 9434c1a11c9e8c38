/** What the page's own extension declares: commands, views and menus. */
export const CONTRIBUTIONS = {
  commands: [
    { command: 'qide.switchWorkspace', title: 'Switch Workspace…', category: 'Q-IDE' },
    { command: 'qide.newWorkspace', title: 'New Workspace…', category: 'Q-IDE', enablement: 'qide.isOwner' },
    { command: 'qide.deleteWorkspace', title: 'Delete This Workspace…', category: 'Q-IDE', enablement: 'qide.isOwner && qide.isManaged' },
    { command: 'qide.trustWorkspace', title: 'Trust This Workspace…', category: 'Q-IDE', enablement: 'qide.mayTrust' },
    { command: 'qide.withdrawTrust', title: 'Withdraw the Trust of This Workspace', category: 'Q-IDE', enablement: 'qide.mayTrust' },
    { command: 'qide.downloadZip', title: 'Download the Workspace as a Zip File', category: 'Q-IDE' },
    { command: 'qide.mergeZip', title: 'Merge a Zip File…', category: 'Q-IDE', enablement: 'qide.isEditor' },
    { command: 'qide.openAccount', title: 'Account: Sessions, Tokens, Data…', category: 'Q-IDE' },
    { command: 'qide.openAudit', title: 'Audit…', category: 'Q-IDE', enablement: 'qide.mayAudit' },
    { command: 'qide.changeName', title: 'Change Your Name…', category: 'Q-IDE', icon: '$(edit)' },
    { command: 'qide.jumpToMember', title: 'Go to Their Caret', category: 'Q-IDE', icon: '$(target)' },
    { command: 'qide.followMember', title: 'Follow…', category: 'Q-IDE', icon: '$(eye)' },
    { command: 'qide.stopFollowing', title: 'Stop Following', category: 'Q-IDE', enablement: 'qide.isFollowing' },
  ],
  viewsContainers: { activitybar: [{ id: 'qide-people', title: 'People', icon: '$(organization)' }] },
  views: { 'qide-people': [{ id: 'qide.members', name: 'Members', icon: '$(organization)' }] },
  menus: {
    'view/item/context': [{ command: 'qide.followMember', when: 'view == qide.members && viewItem == member', group: 'inline' }],
    'explorer/context': [
      { command: 'qide.downloadZip', when: 'explorerResourceIsRoot', group: '6_qide@1' },
      { command: 'qide.mergeZip', when: 'explorerResourceIsRoot && qide.isEditor', group: '6_qide@2' },
    ],
    'view/title': [{ command: 'qide.changeName', when: 'view == qide.members', group: 'navigation' }],
    commandPalette: [{ command: 'qide.jumpToMember', when: 'false' }],
  },
};
