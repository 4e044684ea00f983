import type { ConnectorKind, CrmConnector } from '../../../src/connectors/connector.port.ts';
import { madeUp } from '../../contract/connector/kit/made-up/made-up-connector.ts';

const PAGE = 200;

/** Contacts of one part, of which one call takes 200. */
export function inPages(jobs?: { readonly from: number; readonly most: number }): CrmConnector {
  const { contact } = madeUp.kinds;
  if (contact?.batch === undefined) throw new TypeError('the made-up CRM takes contacts in batches');
  const { find, create, update, createJob } = contact.batch;
  const kind: ConnectorKind = {
    ...contact,
    parts: { core: contact.parts.core },
    fields(body, context) {
      const { tags: _tags, notes: _notes, ...core } = contact.fields(body, context);
      return core;
    },
    batch: {
      ...(find && { find: { ...find, most: PAGE } }),
      ...(create && { create: { ...create, most: PAGE } }),
      ...(update && { update: { ...update, most: PAGE } }),
      ...(createJob && jobs && { createJob: { ...createJob, ...jobs } }),
    },
  };
  return { ...madeUp, kinds: { contact: kind } };
}
