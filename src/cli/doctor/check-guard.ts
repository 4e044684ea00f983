import { formatAllowedHost } from '../../config/allowed-hosts.ts';
import type { Config } from '../../config/config.ts';
import { caution, type CheckResult, ok } from './check.ts';

/** Which CRM addresses are let past the outbound guard. */
export function checkGuard({ allowedInstanceHosts }: Pick<Config, 'allowedInstanceHosts'>): CheckResult {
  if (allowedInstanceHosts.length === 0) return ok('crm guard', 'only public https addresses');
  const hosts = allowedInstanceHosts.map(formatAllowedHost).join(', ');
  const open = allowedInstanceHosts.filter(({ port }) => port === null).map(formatAllowedHost);
  return caution(
    'crm guard',
    `may be plain http or private: ${hosts}`,
    open.length === 0
      ? 'Right for a sandbox; keep ALLOWED_INSTANCE_HOSTS empty in production.'
      : `Name the port too: every port of ${open.join(', ')} is open.`,
  );
}
