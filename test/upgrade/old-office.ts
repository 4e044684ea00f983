import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { VaultFields } from '../../src/sandbox/mri-vault/vault-record.ts';
import type { InTheAir } from './in-the-air.ts';
import { FORMS, GONE } from './old-forms.ts';
import { nameOf, removal, upsert, type Content, type Entity } from './office.ts';

/** Who has the office, and who has paused. */
export const AGENT = 'agent';
export const PAUSED = 'paused';
export const API_KEYS: Readonly<Record<string, string>> = {
  [AGENT]: 'key-agent',
  [PAUSED]: 'key-paused',
  [FORMS]: 'key-forms',
  [GONE]: 'key-gone',
};

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const entity = (kind: Entity['kind'], name: string, userId = AGENT): Entity => ({ kind, name, userId });
const contact = (name: string, content?: Content) => upsert(entity('contact', name), content);
const property = (name: string, content?: Content) => upsert(entity('property', name), content);
const deal = (name: string, content?: Content) => upsert(entity('deal', name), content);
const guest = (name: string, content?: Content) => upsert(entity('contact', name, PAUSED), content);

const SHARERS = [1, 2, 3];
const shared = (n: number): Content => ({ email: `shared${n}@${AGENT}.example.test` });
const person = (n: number): Content => ({ contacts: [`Ann${n}`] });

/** What a contact is called in the CRM until Zena has named it. */
export const ADOPTED = 'Before';
/** Records that the CRM has before Zena comes: adopted ones, and one that is nobody's. */
export const IN_CRM_BEFORE: Readonly<Record<'contacts' | 'properties', readonly VaultFields[]>> = {
  contacts: [
    ...numbers(1, 4).map((n) => ({ firstName: ADOPTED, email: `Old${n}@${AGENT}.example.test` })),
    { firstName: 'Stranger', email: 'stranger@example.test' },
  ],
  properties: numbers(1, 2).map((n) => ({ address: `OldHouse${n}` })),
};

/** Delivered, one list after the other, by the old program. */
export const SETTLED: readonly (readonly ChangeEvent[])[] = [
  [
    ...numbers(1, 24).map((n) => contact(`Ann${n}`)),
    ...numbers(1, 4).map((n) => contact(`Mute${n}`, { email: null })),
    ...numbers(1, 4).map((n) => contact(`Old${n}`)),
    ...SHARERS.map((n) => contact(`First${n}`, shared(n))),
    ...numbers(1, 4).map((n) => guest(`Guest${n}`)),
    ...numbers(1, 10).map((n) => property(`House${n}`, person(n))),
    ...numbers(1, 2).map((n) => property(`OldHouse${n}`, person(n))),
    ...numbers(1, 10).map((n) => deal(`Deal${n}`, { ...person(n + 2), property: `House${n}` })),
  ],
  SHARERS.map((n) => contact(`Second${n}`, shared(n))),
];
/** Once their second sharer has written. */
export const SUPERSEDED: ReadonlySet<string> = new Set(
  SHARERS.map((n) => nameOf({ kind: 'contact', name: `First${n}` })),
);

/** The CRM refuses it for good. */
export const REFUSED = property('Refused');
/** What waits while a user has paused. */
export const WAITING: readonly ChangeEvent[] = [
  ...numbers(1, 2).map((n) => guest(`Guest${n}`, { version: 2 })),
  ...numbers(5, 6).map((n) => guest(`Guest${n}`)),
];

/** On their way when the old program is killed: done without an answer, not done, and done only when nobody listens any more. */
export const IN_THE_AIR: readonly InTheAir[] = [
  {
    fault: { kind: 'timeoutAfterCommit' },
    method: 'POST',
    events: [
      ...numbers(1, 3).map((n) => contact(`Lost${n}`)),
      contact('LostMute', { email: null }),
      property('LostHouse', person(1)),
      deal('LostDeal', { property: 'OldHouse1' }),
    ],
  },
  {
    fault: { kind: 'timeoutBeforeCommit' },
    method: 'POST',
    events: [
      ...numbers(1, 2).map((n) => contact(`Cut${n}`)),
      property('CutHouse', person(2)),
      deal('CutDeal', { property: 'OldHouse2' }),
    ],
  },
  { fault: { kind: 'timeoutAfterCommit' }, method: 'PUT', events: [contact('Ann1', { version: 2 })] },
  { fault: { kind: 'timeoutBeforeCommit' }, method: 'PUT', events: [contact('Ann2', { version: 2 })] },
  { fault: { kind: 'latency', ms: 5_000 }, method: 'POST', events: [contact('Late')] },
];
/** Acknowledged to their producer right before the end. */
export const JUST_TAKEN: readonly ChangeEvent[] = numbers(1, 3).map((n) => contact(`Taken${n}`));

/** Everything that was fed to the old program. */
export const FED: readonly ChangeEvent[] = [
  ...SETTLED.flat(),
  REFUSED,
  ...WAITING,
  ...IN_THE_AIR.flatMap(({ events }) => events),
  ...JUST_TAKEN,
];
/** What the old program had not finished: only these may be written without a change after it. */
export const UNFINISHED: ReadonlySet<string> = new Set(
  [REFUSED, ...WAITING, ...IN_THE_AIR.flatMap(({ events }) => events), ...JUST_TAKEN].map(namedBy),
);

/** Changes after it, one request each: of every sort of record that the old program left. */
export const AFTERWARDS: readonly ChangeEvent[] = [
  contact('Ann3', { version: 2 }),
  contact('Mute1', { version: 2, email: null }),
  contact('Old1', { version: 2 }),
  contact('LostMute', { version: 2, email: null }),
  contact('Second1', { ...shared(1), version: 2 }),
  property('House1', { ...person(1), version: 2 }),
  deal('Deal1', { ...person(3), property: 'House1', version: 2 }),
  removal(entity('deal', 'Deal10'), 2),
];

function namedBy({ kind, entityId, userId }: ChangeEvent): string {
  return nameOf({ kind, name: entityId.slice(`zenaid-${userId}-${kind}-`.length) });
}
