export { showAccount } from './account-page.js';
export { showAudit } from './audit-page.js';
