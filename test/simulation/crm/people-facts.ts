import type { EntityBody } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { vaultFields } from '../../../src/connectors/mri-vault/mapping.ts';
import type { ProcessLife } from '../time/process-life.ts';
import type { ServerRecord, ServerRequest } from './crm-server.ts';

/** Something that a person entered in the CRM: a field's value, a line of notes, an id or an item in a list. */
export interface PeopleFact {
  readonly kind: 'value' | 'line' | 'id' | 'item';
  readonly field: string;
  readonly value: Json;
}

/** How the program was shown a record: read by its id, in the listing of what changed, or as a hit of a search. */
export type ShownBy = 'read' | 'list' | 'search';

/** Something of people's that went with its record. */
export interface LostFact {
  readonly told: string;
  readonly value: Json;
}

interface HeldFact extends PeopleFact {
  /** Elapsed ms. */
  readonly at: number;
  readonly shown: {
    readonly life: ProcessLife;
    readonly at: number;
    readonly by: ShownBy;
    readonly user: string;
  }[];
}

/**
 * What people entered and is there yet. A write of the program's that takes one away is harm, unless Zena has a value of its own for
 * that field, or nobody could have known: it was entered between the last look and the write that followed within a minute.
 */
export interface PeopleFacts {
  /** `fields` is the record as it is now: what doesn't stand there is not held. */
  entered(place: string, fact: PeopleFact, fields: JsonObject): void;
  /**
   * The value that people gave a record of theirs to know it by. Zena's takes its place where it has one; where it has none, it may stay, and
   * nobody asks whether it does.
   */
  namedBy(place: string, field: string, value: Json): void;
  /** A create was sent: what people have under its key and it says as well may be taken for its own, where nobody heard what became of it. */
  askedFor(host: string, fields: JsonObject): void;
  /** The record is gone, or people changed what was there themselves. */
  forget(place: string, field?: string): void;
  /** A CRM id of a host is there no more. */
  forgetId(host: string, id: string): void;
  /** What of a record an answer shows; called when the answer is made, and what it returns when somebody has got it. */
  showing(places: readonly string[], by: ShownBy, upTo: number, user: string): (life: ProcessLife) => void;
  /** Judges a write; each harm in words. `says` is what Zena says of the record, as the request carries it. */
  written(place: string, record: ServerRecord, request: ServerRequest, says: EntityBody | null): string[];
  /** Whether people ever had this value in a field, this token in its text, or this id in its list. */
  everHeld(place: string, field: string, value: Json): boolean;
  /** Whether a request of somebody else than this user put it there. */
  putByOthers(place: string, field: string, value: Json, user: string): boolean;
  /** Whether people ever entered anything there. */
  touched(place: string): boolean;
  /** Elapsed ms at which people last changed a field; null: they never did. */
  editedAt(place: string, field: string): number | null;
  /** What the program's last write left in a field, where people changed it after that; undefined: they didn't. */
  changedFrom(place: string, field: string): Json | undefined;
  /** The program removes the record: what of people's goes with it that it could have known; each in words, and as it stood. */
  lost(place: string, request: ServerRequest): readonly LostFact[];
}

/** As long after a look its answer may be written by: a minute, and the time that a decided write waits for its turn, ms. */
const LOOK_HOLDS_MS = 60_000 + 15_000;
/** As long after it was read a record may be removed: that read's answer, and a turn, ms. */
const READ_HOLDS_MS = 15_000;
/** What is under way when a look's answer comes may have been decided before it, ms. A read by id is of the one who writes. */
const DECIDED_BEFORE_MS: Readonly<Record<ShownBy, number>> = { read: 0, list: 5_000, search: 0 };

export function createPeopleFacts(elapsed: () => number): PeopleFacts {
  const held = new Map<string, HeldFact[]>();
  const ever = new Map<string, { readonly field: string; readonly value: string }[]>();
  const names = new Set<string>();
  const keys = new Map<string, string>();
  const edited = new Map<string, number>();
  const writers = new Map<string, Set<string>>();
  const writes = new Map<string, { readonly at: number; readonly fields: JsonObject }>();
  const of = (place: string): HeldFact[] => held.get(place) ?? [];

  // Each connection looks for itself.
  function isHarm(fact: HeldFact, { askedAt, user: writer }: ServerRequest): boolean {
    if (fact.at <= askedAt - LOOK_HOLDS_MS) return true;
    return fact.shown.some(
      ({ life, at, by, user }) => user === writer && !life.dead && at <= askedAt - DECIDED_BEFORE_MS[by],
    );
  }

  return {
    entered(place, fact, fields) {
      const { field, value, kind } = fact;
      const others = of(place).filter((one) => kind !== 'value' || one.field !== field);
      const all = [...others, { ...fact, at: elapsed(), shown: [] }];
      held.set(
        place,
        all.filter((one) => stands(one, fields)),
      );
      ever.set(place, [...(ever.get(place) ?? []), { field, value: comparable(value) }]);
      edited.set(`${place} ${field}`, elapsed());
      keys.set(place, keyIn(fields));
    },
    namedBy(place, field, value) {
      names.add(`${place} ${field} ${comparable(value)}`);
    },
    askedFor(host, asked) {
      for (const [place, facts] of held) {
        const key = keys.get(place);
        if (!place.startsWith(`${host} `) || key === undefined || key !== keyIn(asked)) continue;
        const others = facts.filter(({ field, value }) => {
          const said = asked[field];
          const all = Array.isArray(said) ? (said as readonly Json[]) : [said];
          return !all.some((one) => comparable(one) === comparable(value));
        });
        held.set(place, others);
      }
    },
    forget(place, field) {
      if (field !== undefined) edited.set(`${place} ${field}`, elapsed());
      held.set(place, field === undefined ? [] : of(place).filter((fact) => fact.field !== field));
    },
    forgetId(host, id) {
      held.delete(`${host} ${id}`);
      for (const [place, facts] of held) {
        if (!place.startsWith(`${host} `)) continue;
        held.set(
          place,
          facts.filter(({ kind, value }) => kind !== 'id' || String(value) !== id),
        );
      }
    },
    showing(places, by, upTo, user) {
      // A search is a look at what is about to be taken; at what has been taken, it is by chance.
      const looked = by === 'search' ? places.filter((place) => !writes.has(place)) : places;
      const facts = looked.flatMap(of).filter(({ at }) => at <= upTo);
      return (life) => {
        for (const { shown } of facts) shown.push({ life, at: elapsed(), by, user });
      };
    },
    written(place, record, request, says) {
      for (const [field, value] of Object.entries(record.fields)) {
        // A list is of ids, each put there by somebody, or one value as a whole (milestones).
        for (const one of Array.isArray(value) ? [...(value as readonly Json[]), value] : [value]) {
          const name = `${place} ${field} ${comparable(one)}`;
          writers.set(name, (writers.get(name) ?? new Set()).add(request.user));
        }
      }
      writes.set(place, { at: elapsed(), fields: record.fields });
      const zena = says === null ? {} : vaultFields(says, () => null);
      const taken = of(place).filter((fact) => !stands(fact, record.fields));
      held.set(
        place,
        of(place).filter((fact) => !taken.includes(fact)),
      );
      return taken
        .filter((fact) => fact.kind !== 'value' || isBlank(zena[fact.field]))
        .filter((fact) => isHarm(fact, request))
        .map((fact) => `harm: ${tell(fact)} was taken from ${place} by ${request.method}`);
    },
    everHeld: (place, field, value) =>
      names.has(`${place} ${field} ${comparable(value)}`) ||
      (ever.get(place) ?? []).some((one) => one.field === field && one.value === comparable(value)),
    putByOthers: (place, field, value, user) => {
      const users = writers.get(`${place} ${field} ${comparable(value)}`);
      return users !== undefined && [...users].some((one) => one !== user);
    },
    touched: (place) => ever.has(place),
    editedAt: (place, field) => edited.get(`${place} ${field}`) ?? null,
    changedFrom(place, field) {
      const write = writes.get(place);
      const changed = write !== undefined && (edited.get(`${place} ${field}`) ?? -1) >= write.at;
      return changed ? write.fields[field] : undefined;
    },
    lost(place, request) {
      // Whoever removes it reads it right before, and can't look again.
      const unread = ({ at }: HeldFact): boolean => at <= request.askedAt - READ_HOLDS_MS;
      const taken = of(place).filter((fact) => unread(fact) || isHarm(fact, request));
      held.delete(place);
      return taken.map((fact) => ({ told: `${tell(fact)} went with ${place}`, value: fact.value }));
    },
  };
}

/** What a contact or a property is found by. */
function keyIn({ email, address }: JsonObject): string {
  return comparable(email ?? address).toLowerCase();
}

function tell({ kind, field, value }: PeopleFact): string {
  return `people's ${kind} ${JSON.stringify(value)} of ${field}`;
}

function stands({ kind, field, value }: PeopleFact, fields: JsonObject): boolean {
  const now = fields[field];
  if (kind === 'line') return tokensIn(now).includes(tokensIn(value)[0] ?? '');
  if (kind === 'item')
    return Array.isArray(now) && now.some((item: Json) => comparable(item) === comparable(value));
  if (kind === 'id') return Array.isArray(now) && now.some((id) => String(id) === String(value));
  return comparable(now) === comparable(value);
}

/** Ids as numbers or text, texts as a CRM tidies them. */
export function comparable(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).trim()
    : JSON.stringify(value ?? null);
}

export function isBlank(value: Json | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** The words by which lines of notes are told apart, whatever a CRM makes of their ends: `Zu0c1.2!` of Zena's, `P7!` of people's. */
export function tokensIn(text: Json | undefined): string[] {
  return typeof text === 'string' ? (text.match(/[ZP][\w.]*!/gu) ?? []) : [];
}
