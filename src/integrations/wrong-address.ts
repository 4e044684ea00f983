import type { CrmConnector } from '../connectors/connector.port.ts';
import { PROVIDERS } from '../domain/providers.ts';
import { failed, type IntegrationFailure } from './integration-failure.ts';

/**
 * What a failure to connect says of the address that was entered: where something answers that isn't this CRM at all, the address
 * is what is wrong, and not the CRM. Once it was right, it stays so: then the same answer is an outage.
 */
export function blameAddress(
  failure: IntegrationFailure,
  { id, credentialFields }: Pick<CrmConnector, 'id' | 'credentialFields'>,
  wasRightBefore: boolean,
): ReturnType<typeof failed> {
  const field = credentialFields.find(({ kind }) => kind === 'url');
  if (field === undefined || wasRightBefore || !isFromElsewhere(failure)) return failed(failure);
  const name = PROVIDERS.find((provider) => provider.id === id)?.name ?? id;
  const detail =
    `What answers at this address is not ${name}. ` +
    'Enter the address that its API is at, as in https://your-office.example.com, and no page of it.';
  const pointer = `/credentials/${field.name}`;
  return failed({ code: 'INVALID', faults: [{ pointer, code: 'NO_CRM_AT_ADDRESS', detail }] });
}

/** There is no such path, or a page is there. A redirect may also lead to the notice of an outage, so it says nothing. */
function isFromElsewhere(failure: IntegrationFailure): boolean {
  if (failure.code !== 'CRM_FAILED' || failure.reason !== 'unexpected_answer') return false;
  const status = failure.providerStatus ?? 0;
  return status === 404 || status === 410 || (status >= 200 && status < 300);
}
