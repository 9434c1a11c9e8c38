export { showAccount } from './account-page.js';
export { showAudit } from './audit-page.js';
export { showNodes } from './nodes-page.js';
export { showOrganisations } from './organisation-page.js';
export { showUsage } from './usage-page.js';
