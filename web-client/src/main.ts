import './start/start.css';
import { me, workspaces } from './api.js';
import { startErrorReports } from './error-reports/start.js';
import { askForToken, loginFromLink } from './start/login.js';
import { choose, explain } from './start/start-page.js';

/** Signs in and opens the workspace or the page that the address names, else the first workspace. */
async function main(root: HTMLElement): Promise<void> {
  let problem = await loginFromLink();
  let person = await me();
  while (person === null) {
    await askForToken(root, problem);
    problem = null;
    person = await me();
  }
  if (page !== null) {
    const { showAccount, showAudit, showNodes, showOrganisations, showUsage } = await import('./account/pages.js');
    const pages = new Map([
      ['audit', showAudit],
      ['nodes', showNodes],
      ['organisations', showOrganisations],
      ['usage', showUsage],
    ]);
    return (pages.get(page) ?? showAccount)(root, person);
  }
  const list = await workspaces();
  const name = await choose(root, person, list, new URLSearchParams(location.search).get('workspace'));
  const { openWorkbench } = await workbench!;
  document.body.classList.add('has-workbench');
  await openWorkbench(document.getElementById('workbench')!, person, list, name);
  root.remove();
}

startErrorReports();
const page = new URLSearchParams(location.search).get('page');
// It is the largest part of the page: its transfer begins before the login.
const workbench = page === null ? import('./workbench/open-workbench.js') : null;
const root = document.getElementById('start')!;
main(root).catch((error: unknown) => explain(root, error));
