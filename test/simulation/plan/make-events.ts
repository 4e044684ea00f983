import type { EntityKind } from '../../../src/domain/entity.ts';
import type { BodySpec, MoreContent, Trait } from '../crm/content-marker.ts';
import type { Dice } from './dice.ts';
import type { SimAction, SimUser } from './sim-plan.ts';

type EventAction = Extract<SimAction, { do: 'event' }>;

export interface EventWriter {
  /** A few messages at about this time. */
  next(at: number): SimAction[];
  /** The same actions with versions and contents that grow with time. */
  inOrder(actions: readonly SimAction[]): SimAction[];
}

/** What else an entity says now. */
export type MoreMaker = (kind: EntityKind, entityId: string, home: SimUser) => MoreContent;

interface Entity {
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly home: SimUser;
}

const STAGES = ['offer', 'settled'];

/** Events as Zena sends them: new versions mostly, and everything that a log does to them. */
export function createEventWriter(
  dice: Dice,
  users: readonly SimUser[],
  poison: boolean,
  moreOf: MoreMaker | null = null,
): EventWriter {
  const shared = new Set(users.map(({ host }) => host)).size < users.length;
  const moves = users.length > 1 && dice.chance(0.3);
  // Two users of one CRM account: no two of their records may be the same in the CRM, or none of them could be right.
  const ownKeys = (shared && moves) || dice.chance(0.2);
  const keyless = dice.chance(0.3);
  const entities: Entity[] = users.flatMap((home) => [
    ...[0, 1, 2, 3].map((n): Entity => ({ kind: 'contact', entityId: `${home.name}c${n}`, home })),
    ...[0, 1].map((n): Entity => ({ kind: 'property', entityId: `${home.name}p${n}`, home })),
    ...[0, 1].map((n): Entity => ({ kind: 'deal', entityId: `${home.name}d${n}`, home })),
  ]);

  const keyOf = ({ kind, entityId, home }: Entity): string => {
    if (kind === 'deal') return dice.pick(STAGES);
    const which = ownKeys ? `${entityId}-${dice.below(2)}` : `${home.name}-${dice.below(3)}`;
    if (kind === 'property') return `${which} High Street`;
    if (keyless && dice.chance(0.3)) return '';
    return dice.chance(0.2) ? `${which}@Example.Test` : `${which}@example.test`;
  };
  const traitOf = (): Trait =>
    poison && dice.chance(0.12) ? dice.pick<Trait>(['rejected', 'rejected', 'broken']) : 'good';
  const bodyOf = (entity: Entity): BodySpec => {
    const { kind, home } = entity;
    const contacts = [0, 1, 2, 3].filter(() => dice.chance(0.35)).map((n) => `${home.name}c${n}`);
    return {
      kind,
      content: 0,
      trait: traitOf(),
      key: keyOf(entity),
      contacts: kind === 'contact' ? [] : contacts,
      property: kind === 'deal' && dice.chance(0.9) ? `${home.name}p${dice.below(2)}` : null,
      ...(moreOf === null ? {} : { more: moreOf(kind, entity.entityId, home) }),
    };
  };
  const eventOf = (at: number, entity: Entity, body: BodySpec | null): EventAction => {
    const { kind, entityId, home } = entity;
    const user = moves && dice.chance(0.15) ? dice.pick(users).name : home.name;
    return { at, do: 'event', kind, entityId, user, version: 0, body };
  };

  return {
    next(at) {
      const entity = dice.pick(entities);
      const { kind, entityId } = entity;
      const event = eventOf(at, entity, dice.chance(0.12) ? null : bodyOf(entity));
      if (poison && dice.chance(0.1)) return [event, { at: at + 5, do: 'unreadable', kind, entityId }];
      if (dice.chance(0.05)) return [event, { at: at + dice.below(4_000), do: 'null_value', kind, entityId }];
      return [event];
    },
    inOrder: (actions) => withVersions(dice, actions),
  };
}

/** Gives each event a version and a content of its own; some of them older ones, equal ones, or the same message again. */
function withVersions(dice: Dice, actions: readonly SimAction[]): SimAction[] {
  const versions = new Map<string, number>();
  const contents = new Map<string, number>();
  const last = new Map<string, EventAction>();
  const older = new Map<string, BodySpec>();
  const out: SimAction[] = [];
  for (const action of actions) {
    if (action.do !== 'event') {
      out.push(action);
      continue;
    }
    const { entityId } = action;
    const current = versions.get(entityId) ?? 0;
    const before = last.get(entityId);
    const odd = dice.chance(0.25) && before !== undefined;
    if (odd && dice.chance(0.4)) {
      out.push({ ...before, at: action.at });
      continue;
    }
    const content = (contents.get(entityId) ?? 0) + 1;
    contents.set(entityId, content);
    const anew = action.body === null ? null : { ...action.body, content };
    // Now and then somebody takes their change back.
    const body = anew !== null && dice.chance(0.1) ? (older.get(entityId) ?? anew) : anew;
    if (body !== null) older.set(entityId, dice.chance(0.5) ? body : (older.get(entityId) ?? body));
    const version = odd ? Math.max(0, current - dice.below(3)) : current + 1 + (dice.chance(0.1) ? 2 : 0);
    versions.set(entityId, Math.max(current, version));
    const event: EventAction = { ...action, version, body };
    last.set(entityId, event);
    out.push(event);
  }
  return out;
}
