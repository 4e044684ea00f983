import type { EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { VaultSettings } from '../../../src/sandbox/mri-vault/vault-settings.ts';
import { ZENA_WORDS } from '../crm/content-marker.ts';
import { SAYINGS, type SaidTo, type Saying } from '../crm/crm-sayings.ts';
import type { Dice } from './dice.ts';
import type { MoreMaker } from './make-events.ts';
import type { PeopleEdit, SimAction, SimUser } from './sim-plan.ts';

/** What the CRMs of a plan are like. */
export function makeLook(dice: Dice): { readonly modes: Partial<VaultSettings>; readonly lagMs: number } {
  const odd = (chance: number): boolean => dice.chance(chance);
  const uniqueKeys = odd(0.25) ? 'contacts' : 'none';
  return {
    modes: {
      uniqueKeys,
      ids: odd(0.3) ? 'number' : 'string',
      putMode: odd(0.5) ? 'replace' : 'merge',
      putAnswer: odd(0.3) ? 'empty' : 'object',
      searchCase: dice.pick(['exact', 'insensitive', 'folding', 'loose']),
      searchAnswer: odd(0.25) ? 'keys' : 'objects',
      listing: !odd(0.25),
      missingStatus: odd(0.25) ? 410 : 404,
      verifyAnswer: dice.pick(['object', 'text', 'empty']),
      trimText: odd(0.3),
      noteWidth: odd(0.2) ? 18 : 0,
      noteLength: odd(0.15) ? 90 : 0,
      noteLines: odd(0.2) ? 'crlf' : 'kept',
    },
    // Where a create knows what is there, a search may be later than is declared.
    lagMs: dice.pick(uniqueKeys === 'contacts' ? [0, 1_999, 4_000] : [0, 500, 1_999]),
  };
}

/** What the list of what changed is like, and the clock that it goes by; chance of its own, as what else a seed stands for stays. */
export function makeListing(dice: Dice, { listing = true }: Partial<VaultSettings>): Partial<VaultSettings> {
  const clockBehindMs = dice.chance(0.3) ? dice.pick([90_000, 300_000, 3_600_000, -300_000]) : 0;
  if (listing) return { clockBehindMs, listingAnswer: dice.chance(0.25) ? 'summaries' : 'objects' };
  // One that is over its limit for ever keeps a create without a key waiting for ever, as any limit does.
  return { clockBehindMs, listingRefusal: dice.pick([401, 403, 404, 500, 501]) };
}

/** What else Zena's entities say: fields that are empty now and then, notes of several lines, lists that change. */
export function moreMaker(dice: Dice): MoreMaker {
  return (kind, entityId, home) => {
    if (kind === 'contact') {
      return {
        phone: dice.chance(0.5) ? '' : `04${dice.below(100)}`,
        role: dice.chance(0.3) ? '' : 'buyer',
        notes: [0, 1, 2, 3].filter(() => dice.chance(0.4)).map((n) => `Z${entityId}.${n}! ${ZENA_WORDS}`),
      };
    }
    if (kind === 'property') {
      return {
        buyers: [0, 1, 2, 3].filter(() => dice.chance(0.2)).map((n) => `${home.name}c${n}`),
        milestones: [0, 1].filter(() => dice.chance(0.3)).map((n) => Date.UTC(2026, 1 + n)),
      };
    }
    return {
      nextAction: dice.chance(0.5) ? null : `call ${dice.below(100)}`,
      riskLevel: dice.chance(0.3) ? '' : 'low',
      riskFlags: dice.chance(0.6) ? [] : ['finance'],
    };
  };
}

/** People in the CRMs: what they have before Zena comes, and what they do all the while. What each enters can be told from the rest. */
export function addPeopleAtWork(
  dice: Dice,
  users: readonly SimUser[],
  until: number,
  actions: SimAction[],
): void {
  let entered = 0;
  const mark = (): string => `P${++entered}!`;
  const count = (most: number): number => dice.below(most + 1);
  for (let made = count(3); made > 0; made -= 1) {
    const kind = dice.pick<EntityKind>(['contact', 'contact', 'property']);
    const { name } = dice.pick(users);
    const key =
      kind === 'contact' ? `${name}-${dice.below(3)}@example.test` : `${name}-${dice.below(3)} High Street`;
    const at = dice.chance(0.7) ? 0 : dice.below(until);
    const own = kind === 'contact' ? contactOfPeople(dice, mark) : propertyOfPeople(dice, mark);
    // What Zena will say, too: later nobody could tell whose it is.
    const fields = at === 0 && dice.chance(0.4) ? { ...own, ...saidByBoth(kind) } : own;
    actions.push({
      at,
      do: 'people_make',
      kind,
      entityId: `${name}${kind.slice(0, 1)}0`,
      made: { key, fields },
    });
  }
  for (let made = 1 + count(8); made > 0; made -= 1) {
    const kind = dice.pick<EntityKind>(['contact', 'contact', 'property', 'deal']);
    const entityId = `${dice.pick(users).name}${kind.slice(0, 1)}${dice.below(kind === 'contact' ? 4 : 2)}`;
    actions.push({ at: dice.below(until), do: 'people_edit', entityId, edit: editOf(dice, kind, mark) });
  }
  if (dice.chance(0.2)) {
    const { name } = dice.pick(users);
    const answer = dice.chance(0.7) ? 'gone' : 'alias';
    const [one, into] = [`${name}c${dice.below(4)}`, `${name}c${dice.below(4)}`];
    actions.push({ at: dice.below(until), do: 'people_merge', entityId: one, into, answer });
  }
}

function contactOfPeople(dice: Dice, mark: () => string): JsonObject {
  return {
    ...(dice.chance(0.6) ? { phone: mark() } : {}),
    ...(dice.chance(0.4) ? { type: mark() } : {}),
    ...(dice.chance(0.7) ? { notes: `${mark()} prefers mornings\n${mark()} has two dogs` } : {}),
  };
}

function propertyOfPeople(dice: Dice, mark: () => string): JsonObject {
  const milestones = [{ type: mark(), date: '2026-05-01T00:00:00.000Z', notes: null }];
  return { vendors: ['@person'], ...(dice.chance(0.5) ? { milestones } : {}) };
}

/** What people have and Zena comes to say as well; it stays when she says it no more. */
function saidByBoth(kind: EntityKind): JsonObject {
  const date = new Date(Date.UTC(2026, 1)).toISOString();
  return kind === 'contact' ? { type: 'buyer' } : { milestones: [{ type: 'auction', date, notes: null }] };
}

const PLAIN: Readonly<Record<EntityKind, readonly string[]>> = {
  contact: ['phone', 'type', 'firstName'],
  property: [],
  deal: ['nextAction', 'nextActionOwner', 'riskLevel'],
};

function editOf(dice: Dice, kind: EntityKind, mark: () => string): PeopleEdit {
  const plain = PLAIN[kind];
  if (plain.length > 0 && dice.chance(0.45))
    return { what: 'value', field: dice.pick(plain), value: dice.chance(0.15) ? '' : mark() };
  if (kind !== 'contact' && dice.chance(0.5)) return itemOf(dice, kind, mark);
  if (kind === 'property') return { what: 'reference', field: dice.pick(['vendors', 'buyers']) };
  if (kind === 'deal') return { what: 'reference', field: 'contacts' };
  if (dice.chance(0.25))
    return { what: 'change_line', which: dice.below(4), text: dice.chance(0.5) ? mark() : null };
  return { what: 'line', text: `${mark()} likes the sea`, place: dice.pick(['first', 'last']) };
}

/** A milestone of theirs may be called as Zena's are. */
function itemOf(dice: Dice, kind: EntityKind, mark: () => string): PeopleEdit {
  if (kind === 'deal') return { what: 'item', field: 'riskFlags', value: mark() };
  const type = dice.chance(0.5) ? 'auction' : 'open home';
  const value = { type, date: '2026-05-01T00:00:00.000Z', notes: mark() };
  return { what: 'item', field: 'milestones', value };
}

/** Answers that are about more, or about less, than they seem. */
export function addSayings(dice: Dice, users: readonly SimUser[], until: number, actions: SimAction[]): void {
  const { length } = SAYINGS;
  if (dice.chance(0.35)) return;
  for (let made = 1 + dice.below(3); made > 0; made -= 1) {
    const says = SAYINGS[dice.below(length)] as Saying;
    const once = ['status_401', 'status_403', 'gone_404'].includes(says)
      ? dice.chance(0.85)
      : dice.chance(0.3);
    actions.push({
      at: dice.below(until),
      do: 'crm_says',
      host: dice.pick(users).host,
      ms: once ? until : dice.pick([1_000, 5_000, 20_000]),
      says,
      to: saidTo(dice, says, once),
      times: once ? 1 : null,
    });
  }
}

function saidTo(dice: Dice, says: Saying, once: boolean): SaidTo {
  const collection = dice.pick(['contacts', 'contacts', 'properties', 'deals']);
  if (says === 'gone_404') return { method: dice.pick(['PUT', 'PUT', 'DELETE']), collection };
  if (!once) return dice.pick(['all', 'all', 'all_but_verify', { method: 'PUT', collection }]);
  return { method: dice.pick(['GET', 'POST', 'PUT', 'PUT']), collection };
}
