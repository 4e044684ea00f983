import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { capabilitiesOf } from '../../../src/connectors/capabilities.ts';
import type { CrmConnector } from '../../../src/connectors/connector.port.ts';
import {
  ENTITY_KINDS,
  type EntityBody,
  type EntityKind,
  type RecordKey,
} from '../../../src/domain/entity.ts';
import { draftOf, type Draft, type ResolveReference } from '../../../src/domain/mapping.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { CrmFields, NaturalKey } from '../../../src/domain/remote-record.ts';
import type { SandboxFault } from '../../../src/sandbox/kit/faults/fault.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import type { ConnectorCaller } from '../../support/connector-caller.ts';
import { fingerprintsOf } from '../../support/sealers.ts';

/** A connector, and a CRM that it speaks to. */
export interface ConnectorSubject {
  readonly definition: CrmConnector;
  /** A conversation of its own: no earlier failure has opened its breaker. */
  connect(options?: { readonly apiKey?: string; readonly deadlineMs?: number }): ConnectorCaller;
  /** What the CRM holds of a kind, by id as text. */
  held(kind: EntityKind): ReadonlyMap<string, CrmFields>;
  /** Somebody removes a record in the CRM. */
  remove(kind: EntityKind, id: string): void;
  /** The next request meets this. */
  strike(fault: SandboxFault): void;
  /** From now on ids are numbers on the wire. */
  useNumericIds(): void;
  /** All requests as they arrived: method, path, query, body. */
  sent(): readonly { readonly method: string; readonly path: string; readonly text: string }[];
  /** Epoch ms, as the CRM sees it. */
  now(): number;
  close(): Promise<void>;
}

/** What may go wrong with an answer: each must be told apart from success and from absence. */
const BROKEN_ANSWERS: readonly SandboxFault[] = [
  { kind: 'htmlWith200' },
  { kind: 'truncatedJson' },
  { kind: 'errorIn200' },
  { kind: 'resetBeforeCommit' },
  { kind: 'resetAfterCommit' },
  { kind: 'timeoutBeforeCommit' },
  { kind: 'timeoutAfterCommit' },
  { kind: 'gzipBody' },
  { kind: 'hugeBody', bytes: 6 * 1024 * 1024 },
  { kind: 'slowDrip', everyMs: 20 },
  { kind: 'redirect', location: 'http://127.0.0.1:1/elsewhere' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, body: { error: 'down' } },
  { kind: 'status', status: 418 },
  { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403 },
];
const CLOSED_SET = [
  'applied',
  'retry_later',
  'rate_limited',
  'unauthorised',
  'rejected',
  'gone',
  'ambiguous',
  'withheld',
];
const DEADLINE_MS = 250;
const ZENA_ID = 'zena-id-that-must-stay-here';

const nameOf = (fault: SandboxFault): string =>
  fault.kind === 'status' ? `status ${fault.status}` : fault.kind;

export function bodyOf(kind: EntityKind): EntityBody {
  if (kind === 'contact') return contactBody();
  if (kind === 'property') return propertyBody({ vendors: [ZENA_ID], buyers: [ZENA_ID] });
  return dealBody({ propertyId: ZENA_ID, contacts: [ZENA_ID] });
}

export function applied<T>(outcome: CallOutcome<T>): T {
  if (outcome.kind !== 'applied') throw new Error(`expected success, got ${JSON.stringify(outcome)}`);
  return outcome.value;
}

/** What every connector promises to the host, whichever CRM it speaks to; in process, by a virtual clock. `makeSubject` is called for each test. */
export function connectorContract(name: string, makeSubject: () => ConnectorSubject): void {
  describe(`${name} keeps the connector's promises`, () => {
    let subject: ConnectorSubject;
    let connector: ConnectorCaller;
    beforeEach(() => {
      subject = makeSubject();
      connector = subject.connect();
    });
    afterEach(() => subject.close());

    const remoteIds = new Map<string, string>();
    /** Makes what a body refers to, so that its references resolve to ids that the CRM has. */
    async function draft(kind: EntityKind) {
      remoteIds.clear();
      if (kind !== 'contact') {
        const { fields } = draftFor(subject.definition, contactBody({ emails: ['ref@example.test'] }), none);
        remoteIds.set('contact', applied(await connector.create('contact', fields)).id);
      }
      if (kind === 'deal') {
        const { fields } = draftFor(subject.definition, propertyBody(), none);
        remoteIds.set('property', applied(await connector.create('property', fields)).id);
      }
      const resolve: ResolveReference = (key: RecordKey) =>
        remoteIds.get(key.slice(0, key.indexOf('/'))) ?? null;
      return draftFor(subject.definition, bodyOf(kind), resolve);
    }
    const keyOf = async (kind: EntityKind) => {
      const { fields, keys } = await draft(kind);
      return { fields, key: keys[0] as NaturalKey };
    };

    it('says that good credentials are good, and refuses others as unauthorised', async () => {
      expect(await connector.authenticate()).toEqual({ kind: 'applied', value: true });
      const wrong = subject.connect({ apiKey: 'wrong-key' });
      expect(await wrong.authenticate()).toMatchObject({ kind: 'unauthorised', status: 401 });
      expect(await wrong.create('contact', (await draft('contact')).fields)).toMatchObject({
        kind: 'unauthorised',
      });
      expect(subject.held('contact').size).toBe(0);
    });

    describe.each(ENTITY_KINDS)('for a %s', (kind) => {
      it('makes a record and gives its id as text', async () => {
        const { fields } = await draft(kind);
        const { id } = applied(await connector.create(kind, fields));
        expect(subject.held(kind).get(id)).toMatchObject(fields);
      });

      it('gives ids as text also where the CRM has numbers, and addresses by them', async () => {
        subject.useNumericIds();
        const { fields, key } = await keyOf(kind);
        const { id } = applied(await connector.create(kind, fields));
        expect(id).toMatch(/^\d+$/);
        expect(applied(await connector.find(kind, key)).map((hit) => hit.id)).toEqual([id]);
        expect(applied(await connector.update(kind, id, fields)).id).toBe(id);
      });

      it('updates the record that the id names, and no other', async () => {
        const { fields } = await draft(kind);
        const first = applied(await connector.create(kind, fields));
        const second = applied(await connector.create(kind, fields));
        const changed = { ...fields, ...(kind === 'contact' ? { notes: 'new' } : {}), ...riskOf(kind) };
        expect(applied(await connector.update(kind, first.id, changed)).id).toBe(first.id);
        expect(subject.held(kind).get(first.id)).toMatchObject(changed);
        expect(subject.held(kind).get(second.id)).toMatchObject(fields);
      });

      it('sends every mapped field with an update, empty ones too', async () => {
        const { fields } = await draft(kind);
        const { id } = applied(await connector.create(kind, fields));
        applied(await connector.update(kind, id, fields));
        const last = subject.sent().at(-1);
        expect(Object.keys(JSON.parse(last?.text ?? '{}') as object).sort()).toEqual(
          Object.keys(fields).sort(),
        );
      });

      it('tells that a record is gone when it is updated, and does not make it anew', async () => {
        const { fields } = await draft(kind);
        const { id } = applied(await connector.create(kind, fields));
        subject.remove(kind, id);
        expect(await connector.update(kind, id, fields)).toMatchObject({ kind: 'gone' });
        expect(subject.held(kind).has(id)).toBe(false);
      });

      it('finds by the natural key what it made, and nothing is a certain nothing', async () => {
        const { fields, key } = await keyOf(kind);
        expect(await connector.find(kind, key)).toEqual({ kind: 'applied', value: [] });
        const { id } = applied(await connector.create(kind, fields));
        expect(applied(await connector.find(kind, key)).map((hit) => hit.id)).toEqual([id]);
      });

      it('keeps Zena’s ids out of bodies and addresses', async () => {
        const { fields, key } = await keyOf(kind);
        const { id } = applied(await connector.create(kind, fields));
        applied(await connector.update(kind, id, fields));
        applied(await connector.find(kind, key));
        for (const request of subject.sent()) expect(JSON.stringify(request)).not.toContain(ZENA_ID);
      });

      it('deletes, and tells when there was nothing to delete', async () => {
        if (subject.definition.kinds[kind]?.delete === undefined) {
          expect(capabilitiesOf(subject.definition).deletes).toBe(false);
          return;
        }
        const { fields } = await draft(kind);
        const { id } = applied(await connector.create(kind, fields));
        expect(await connector.delete(kind, id)).toEqual({ kind: 'applied', value: null });
        expect(subject.held(kind).has(id)).toBe(false);
        expect(await connector.delete(kind, id)).toMatchObject({ kind: 'gone' });
      });

      it('lists what was changed since a moment, where it can', async () => {
        if (subject.definition.kinds[kind]?.changes === undefined) {
          expect(capabilitiesOf(subject.definition).changedSince).toBe(false);
          return;
        }
        const { fields } = await draft(kind);
        const { id } = applied(await connector.create(kind, fields));
        const listed = applied(await connector.changes(kind, 0, 1_000));
        expect(listed.find((hit) => hit.id === id)?.fields).toMatchObject(fields);
        expect(applied(await connector.changes(kind, subject.now() + 60_000, 1_000))).toEqual([]);
      });
    });

    describe.each(BROKEN_ANSWERS.map((fault) => [nameOf(fault), fault] as const))(
      'struck by %s',
      (_name, fault) => {
        let struck: ConnectorCaller;
        let fields: CrmFields;
        let key: NaturalKey;
        let id: string;
        beforeEach(async () => {
          ({ fields, key } = await keyOf('contact'));
          ({ id } = applied(await connector.create('contact', fields)));
          struck = subject.connect({ deadlineMs: DEADLINE_MS });
        });

        it('ends a create in an outcome that is no success, certain only where nothing was made', async () => {
          const before = subject.held('contact').size;
          subject.strike(fault);
          const outcome = await struck.create('contact', { ...fields, email: 'new@example.test' });
          expect(CLOSED_SET).toContain(outcome.kind);
          expect(outcome.kind).not.toBe('applied');
          if (subject.held('contact').size > before) expect(outcome.kind).toBe('ambiguous');
        });

        it('ends a search in a failure, never in an absence', async () => {
          subject.strike(fault);
          const outcome = await struck.find('contact', key);
          expect(['retry_later', 'rate_limited', 'unauthorised']).toContain(outcome.kind);
        });

        it('ends an update in a failure that may be repeated or names its reason', async () => {
          subject.strike(fault);
          const outcome = await struck.update('contact', id, fields);
          expect(['retry_later', 'rate_limited', 'unauthorised', 'rejected']).toContain(outcome.kind);
        });

        it('ends a delete in a failure, never in success', async () => {
          if (subject.definition.kinds.contact?.delete === undefined) return;
          subject.strike(fault);
          const outcome = await struck.delete('contact', id);
          expect(['retry_later', 'rate_limited', 'unauthorised', 'rejected']).toContain(outcome.kind);
        });

        it('ends a listing in a failure, never in an empty one', async () => {
          if (subject.definition.kinds.contact?.changes === undefined) return;
          subject.strike(fault);
          const outcome = await struck.changes('contact', 0, 1_000);
          expect(['retry_later', 'rate_limited', 'unauthorised']).toContain(outcome.kind);
        });
      },
    );

    it.each([404, 410])(
      'takes a %i for the record that it addresses only, not for an absence',
      async (status) => {
        const { key } = await keyOf('contact');
        subject.strike({ kind: 'status', status });
        expect(await connector.find('contact', key)).toMatchObject({ kind: 'retry_later' });
        subject.strike({ kind: 'status', status });
        expect(await connector.authenticate()).toMatchObject({ kind: 'retry_later' });
      },
    );

    it('knows its account and budget without telling the credentials', () => {
      const { definition } = subject;
      const { of } = fingerprintsOf('store');
      const credentials = { apiKey: 'very-secret-key', instanceUrl: 'https://office.example.test' };
      for (const name of [
        definition.account.keyOf?.(credentials) ?? '',
        definition.account.budgetKey(credentials, of),
        definition.account.baseUrl(credentials),
      ])
        expect(name).not.toContain('very-secret-key');
      expect(definition.account.budgetKey({ ...credentials, apiKey: 'another-key' }, of)).not.toBe(
        definition.account.budgetKey(credentials, of),
      );
    });
  });
}

const none: ResolveReference = () => null;

function draftFor({ kinds }: CrmConnector, body: EntityBody, resolve: ResolveReference): Draft {
  const mapping = kinds[body.kind];
  if (mapping === undefined) throw new Error(`no ${body.kind}`);
  return draftOf(body, mapping, { resolve, timeZone: 'UTC' });
}

function riskOf(kind: EntityKind): CrmFields {
  if (kind === 'property') return { riskOverview: 'high' };
  return kind === 'deal' ? { riskLevel: 'high' } : {};
}

/** One request of each verb, over sockets: that what the contract looks at in process leaves a process, too. */
export function connectorSmoke(name: string, makeSubject: () => Promise<ConnectorSubject>): void {
  it(`${name} has each of its verbs answered over sockets`, async () => {
    const subject = await makeSubject();
    const { definition } = subject;
    const connector = subject.connect();
    try {
      expect(await connector.authenticate()).toEqual({ kind: 'applied', value: true });
      for (const kind of ENTITY_KINDS) {
        const { fields, keys } = draftFor(definition, bodyOf(kind), none);
        const { id } = applied(await connector.create(kind, fields));
        expect(subject.held(kind).get(id)).toMatchObject(fields);
        expect(applied(await connector.update(kind, id, fields)).id).toBe(id);
        for (const key of keys) applied(await connector.find(kind, key));
        const { changes, delete: remove } = definition.kinds[kind] ?? {};
        if (changes)
          expect(applied(await connector.changes(kind, 0, 1_000)).map((hit) => hit.id)).toEqual([id]);
        if (remove) expect(await connector.delete(kind, id)).toEqual({ kind: 'applied', value: null });
      }
      subject.strike({ kind: 'resetAfterCommit' });
      const { fields } = draftFor(definition, bodyOf('contact'), none);
      expect(await connector.create('contact', fields)).toMatchObject({ kind: 'ambiguous' });
    } finally {
      await subject.close();
    }
  });
}
