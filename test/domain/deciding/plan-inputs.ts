import { connection, CONNECTION_ID, contact, contactBody, SCOPE, USER } from '../../support/builders.ts';
import { vaultDraft } from '../../support/vault-draft.ts';
import { NOTHING_OURS, type CrmCopy } from '../../../src/domain/crm-copy.ts';
import type { Neighbour, PlanInput, SeenInCrm } from '../../../src/domain/deciding/step.ts';
import { newLink, type CreateIntent, type Link, type Shadow } from '../../../src/domain/link.ts';
import { firstKeyOf } from '../../../src/domain/mapping.ts';
import type { NaturalKey, RemoteHit } from '../../../src/domain/remote-record.ts';
import type { ZenaRecord } from '../../../src/domain/record.ts';

/** When plans are made. */
export const NOW = 1_000_000;
export const created = (id = 'crm-1') => ({ id, version: null, origin: 'created' }) as const;
export const facts = {
  searchLagMs: 2_000,
  supportsKind: true,
  canDelete: true,
  canRead: true,
  canListChanges: true,
  parts: [],
  readsFirst: false,
  agrees: null,
  sharings: { notes: 'lines' },
  mapping: 'm',
} as const;
export const NO_HINTS: PlanInput['hints'] = {
  lastKeys: [],
  neighbourKeys: [],
  referred: false,
  intentKeyless: false,
  intentNeedsAgreement: false,
};
export const NOTHING_KNOWN: PlanInput['account'] = {
  known: new Map(),
  shared: false,
  inherited: null,
  held: new Map(),
};
export const ada = contact('c1');

/** What a plan goes by: nothing was seen yet, but what is said. */
export function input(of: ZenaRecord | null, link: Partial<Link> = {}, over: Over = {}): PlanInput {
  const { found, listed, gone, denied, reads, shown, left, ...rest } = over;
  const seen: SeenInCrm = {
    found: found ?? new Map(),
    listed: listed ?? null,
    gone: gone ?? new Set(),
    rests: new Map(),
    lists: new Map(),
    written: new Map(),
    existing: new Set(),
    denied: denied ?? new Set(),
    reads: reads ?? new Map(),
    shown: shown ?? new Map(),
    left: left ?? null,
  };
  return {
    now: NOW,
    link: {
      ...newLink(SCOPE, CONNECTION_ID, USER, of?.key ?? ada.key),
      copy: link.remote ? KNOWN : null,
      ...link,
    },
    record: of,
    connection: connection(),
    crm: facts,
    references: new Map(),
    draft: of?.body == null ? null : vaultDraft(of.body),
    neighbours: [],
    seen,
    looks: { from: 0, due: false, touchedAt: null },
    account: NOTHING_KNOWN,
    hints: NO_HINTS,
    ...rest,
  };
}

export type Over = Partial<PlanInput> & Partial<SeenInCrm>;

export const draft = vaultDraft(contactBody());
export const KNOWN: CrmCopy = { held: draft.fields, heldAt: 1, ours: NOTHING_OURS, before: null };
export const key = firstKeyOf(draft) as NaturalKey;
export const shadow: Shadow = {
  fields: draft.fields,
  hash: draft.hash,
  version: 1,
  revision: 1,
  mapping: 'm',
};
export const hit = (id: string): RemoteHit => ({ id, version: null, createdAt: null, fields: draft.fields });
export const intent = (over: Partial<CreateIntent> = {}): CreateIntent => ({
  keyValue: key.value,
  keyHash: key.hash,
  bodyHash: draft.hash,
  fieldNames: Object.keys(draft.fields),
  sentAt: NOW - 100_000,
  sentUntil: NOW - 50_000,
  ...over,
});
export const neighbour = (of: ZenaRecord, link: Partial<Link>): Neighbour => ({
  link: { ...newLink(SCOPE, CONNECTION_ID, USER, of.key), ...link },
  record: of,
});
