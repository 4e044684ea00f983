import { type Connection, scopeOf } from '../../src/domain/connection.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import type { DeadLetterMark, Link } from '../../src/domain/link.ts';
import { linkId } from '../../src/domain/link.ts';
import type { TimelineEntry } from '../../src/domain/timeline.ts';
import type { LinkPatch, NextLook } from '../../src/state-store/link-store.port.ts';
import { type ApiHarness, startApi, USER } from '../http/api-harness.ts';
import { deadMark, record, timelineEntry } from '../support/builders.ts';

/** An agent's records as the service would keep them, told through the real API; the CRM and the loop do what a test says. */
export interface Office {
  readonly api: ApiHarness;
  /** What a person opens to sign in. */
  signInUrl(): string;
  connect(): Promise<Connection>;
  /** Makes a record that ended in this way at the CRM. */
  add(entityId: string, body: EntityBody, outcome: RecordOutcome): Promise<void>;
  /** Puts a line into a record's timeline and tells the open streams. */
  happens(entityId: string, body: EntityBody, entry: Partial<TimelineEntry>): Promise<TimelineEntry>;
  close(): Promise<void>;
}

export type RecordOutcome =
  | { readonly state: 'linked'; readonly remoteId: string; readonly fields?: Record<string, string> }
  | { readonly state: 'due' }
  | { readonly state: 'waiting'; readonly until: number }
  | { readonly state: 'dead'; readonly dead: Pick<DeadLetterMark, 'code' | 'detail' | 'fields'> };

export async function openOffice(dashboardDir: string): Promise<Office> {
  const api = await startApi({ dashboardDir });
  let sequence = 0;

  const idOf = async (entityId: string, body: EntityBody) =>
    linkId(scopeOf(await api.connection()), record(entityId, body).key);

  return {
    api,
    signInUrl() {
      const code = api.sessions.issueCode({
        userId: USER,
        scopes: new Set(),
        expiresAt: Date.now() + 3_600_000,
      });
      return `${api.url}/#code=${encodeURIComponent(code)}`;
    },
    connect: () => api.connect(),
    async add(entityId, body, outcome) {
      const { links, records } = api.store;
      const one = record(entityId, body);
      const connection = await api.connection();
      const scope = scopeOf(connection);
      const { connectionId } = connection;
      const now = Date.now();
      await records.write([{ record: one, expectedRevision: 0 }]);
      await links.markWanted([{ scope, connectionId, userId: USER, key: one.key, wanted: 1, now }]);
      if (outcome.state === 'due') return;
      // Whatever else is due in the office is claimed with it; only this one is settled.
      const claim = { token: `made-${entityId}`, epoch: 1, until: now + 1 };
      const claimed = await links.claim({ scope, lane: 'live', now, limit: 1_000, claim });
      const link = claimed.find(({ key }) => key === one.key);
      if (link === undefined) throw new TypeError(`${entityId} could not be claimed`);
      await links.settle({ id: link.id, token: claim.token, seen: link, ...settled(outcome, link, now) });
    },
    async happens(entityId, body, over) {
      sequence += 1;
      const entry = timelineEntry(await idOf(entityId, body), sequence, {
        userId: USER,
        at: Date.now(),
        title: titleOf(body),
        changed: [],
        checked: true,
        ...over,
      });
      await api.store.timeline.append([entry]);
      api.wake(USER);
      return entry;
    },
    close: () => api.close(),
  };
}

function settled(
  outcome: Exclude<RecordOutcome, { state: 'due' }>,
  { wanted }: Link,
  at: number,
): { readonly patch: LinkPatch; readonly next: NextLook } {
  switch (outcome.state) {
    case 'linked': {
      const fields = outcome.fields ?? {};
      const shadow = { fields, hash: 'h', version: 1, revision: wanted, mapping: 'vault-1' };
      return {
        patch: { remote: { id: outcome.remoteId, version: null, origin: 'created' }, shadow },
        next: { kind: 'rest' },
      };
    }
    case 'waiting':
      return { patch: { notBefore: outcome.until, attempts: 1 }, next: { kind: 'back_off' } };
    case 'dead':
      return {
        patch: { dead: deadMark({ ...outcome.dead, at, revision: wanted }) },
        next: { kind: 'rest' },
      };
  }
}

function titleOf(body: EntityBody): string {
  if (body.kind === 'contact') return body.contact.name;
  return body.kind === 'property' ? body.property.address : (body.deal.summary ?? body.deal.stage);
}
