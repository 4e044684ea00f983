import type { EntityKind } from '../../../src/domain/entity.ts';
import { CALL_FATES } from '../crm/crm-wire.ts';
import { createEventWriter } from './make-events.ts';
import { addPeopleAtWork, addSayings, makeListing, makeLook, moreMaker } from './make-people.ts';
import type { SimParts } from '../crm/sim-parts.ts';
import type { SimAction, SimPlan, SimUser } from './sim-plan.ts';
import { diceOf, type Dice } from './dice.ts';

/** What the worlds that plans are made for have beside processes, stores and networks that fail. */
export interface PlanOptions {
  /** People edit, merge and delete in the CRMs, which differ from each other. */
  readonly people: boolean;
  /** Proxies and stray answers. */
  readonly proxies: boolean;
  /** CRMs that take a contact in several requests. */
  readonly parts?: boolean;
}

export const PLAN_OPTIONS: PlanOptions = { people: false, proxies: false };
const OWN_CHANCE = 0x2545f491;

/** Which kinds of trouble a seed has: few at a time, so that none hides the others. */
interface Moods {
  readonly crashes: boolean;
  readonly freezes: boolean;
  readonly crm: boolean;
  readonly store: boolean;
  readonly people: boolean;
  readonly connections: boolean;
  readonly poison: boolean;
}

const PARTS_CHANCE = 0x70_61_72_74;
const LISTINGS_CHANCE = 0x6c_15_75;

/** What a seed stands for. */
export function makePlan(
  seed: number,
  { people, proxies, parts = false }: PlanOptions = PLAN_OPTIONS,
): SimPlan {
  const dice = diceOf(seed);
  const users = makeUsers(dice);
  const until = 5_000 + dice.below(25_000);
  // Chance of its own, so that what a seed stood for without it stays as it was.
  const own = diceOf(seed ^ OWN_CHANCE);
  const look = people ? makeLook(own) : null;
  const moods: Moods = {
    crashes: dice.chance(0.6),
    freezes: dice.chance(0.3),
    crm: dice.chance(0.7),
    store: dice.chance(0.3),
    people: dice.chance(0.25),
    connections: dice.chance(0.4),
    poison: dice.chance(0.35),
  };
  const actions: SimAction[] = [];
  const ofParts = parts ? diceOf(seed ^ PARTS_CHANCE) : null;
  const more = look === null ? ofParts : own;
  const events = createEventWriter(dice, users, moods.poison, more && moreMaker(more));
  const count = 4 + dice.below(28);
  for (let made = 0; made < count; made += 1) actions.push(...events.next(timeOf(dice, until)));
  addFaults(dice, moods, until, users, actions);
  const end = until + (people ? own.pick([0, 30_000, 90_000, 160_000]) : 0);
  if (end > until)
    for (let made = 0; made < 8; made += 1) actions.push(...events.next(until + own.below(end - until)));
  if (people) addPeopleAtWork(own, users, end, actions);
  if (proxies) addSayings(own, users, until, actions);
  actions.sort((a, b) => a.at - b.at);
  return {
    seed,
    users,
    workers: 1 + dice.below(3),
    partitions: 1 + dice.below(3),
    retryDelaysMs: dice.pick([
      [5_000, 10_000, 20_000],
      [6_000, 12_000],
      [5_000, 6_000, 8_000],
    ]),
    lagMs: look?.lagMs ?? dice.pick([0, 500, 1_999]),
    ...(look && { modes: modesOf(seed, look, parts) }),
    ...(ofParts && { parts: partsOf(ofParts) }),
    until: end,
    actions: events.inOrder(actions),
  };
}

/** Some take several records in one call, and some of these have jobs. */
function partsOf(dice: Dice): SimParts {
  const readsFirst = dice.chance(0.3);
  if (!dice.chance(0.7)) return { readsFirst };
  const jobsFrom = dice.chance(0.6) ? 2 + dice.below(2) : 0;
  const company = { most: 2 + dice.below(4), jobsFrom, jobMs: dice.pick([300, 3_000, 20_000]) };
  return { readsFirst, company };
}

/** What is added by itself is neither cut nor wrapped. */
function modesOf(
  seed: number,
  look: ReturnType<typeof makeLook>,
  parts: boolean,
): NonNullable<SimPlan['modes']> {
  const modes = { ...look.modes, ...makeListing(diceOf(seed ^ LISTINGS_CHANCE), look.modes) };
  return parts ? { ...modes, noteLength: 0, noteWidth: 0, noteLines: 'kept' } : modes;
}

/** Events come in bunches. */
function timeOf(dice: Dice, until: number): number {
  return dice.chance(0.4) ? dice.below(4) * Math.floor(until / 4) + dice.below(300) : dice.below(until);
}

function makeUsers(dice: Dice): SimUser[] {
  const shared = dice.chance(0.25);
  return Array.from({ length: 1 + dice.below(3) }, (_, index) => ({
    name: `u${index}`,
    host: shared ? 'h0' : `h${index}`,
    budget: shared && dice.chance(0.7) ? 'b0' : `b${index}`,
    deletions: dice.pick(['created', 'created', 'all', 'never']),
  }));
}

function addFaults(
  dice: Dice,
  moods: Moods,
  until: number,
  users: readonly SimUser[],
  actions: SimAction[],
): void {
  const some = (wanted: boolean, most: number, make: (at: number) => SimAction): void => {
    if (!wanted) return;
    const count = 1 + dice.below(most);
    for (let made = 0; made < count; made += 1) actions.push(make(dice.below(until)));
  };
  const who = (): number => dice.below(3);
  some(moods.crashes, 5, (at) => ({
    at,
    do: 'crash',
    who: who(),
    calls: 1 + dice.below(40),
    point: dice.pick(['before', 'after']),
  }));
  some(moods.crashes && dice.chance(0.4), 2, (at) => ({ at, do: 'stop', who: who() }));
  some(moods.crashes && dice.chance(0.4), 2, (at) => ({ at, do: 'start' }));
  some(moods.freezes, 3, (at) => ({
    at,
    do: 'freeze',
    who: who(),
    ms: dice.pick([500, 4_000, 15_000, 60_000]),
  }));
  some(moods.store, 3, (at) => ({
    at,
    do: 'store_fails',
    ms: dice.pick([300, 2_000, 8_000]),
    rate: dice.pick([0.05, 0.3, 1]),
    point: dice.pick(['before', 'after', 'either']),
    who: dice.chance(0.6) ? null : who(),
  }));
  some(moods.poison && dice.chance(0.4), 2, (at) => ({ at, do: 'topic_fails', ms: dice.pick([500, 5_000]) }));
  some(moods.crm, 4, (at) => ({
    at,
    do: 'crm_fails',
    ms: dice.pick([1_000, 6_000, 20_000]),
    host: dice.pick(users).host,
    ...makeTrouble(dice),
  }));
  addPeople(dice, moods, users, some);
}

function makeTrouble(dice: Dice) {
  if (dice.chance(0.2)) return { rate: 1, fates: ['refused'] as const };
  const fates = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(CALL_FATES));
  return { rate: dice.pick([0.1, 0.4, 0.8]), fates };
}

function addPeople(
  dice: Dice,
  moods: Moods,
  users: readonly SimUser[],
  some: (wanted: boolean, most: number, make: (at: number) => SimAction) => void,
): void {
  const entity = (): { kind: EntityKind; entityId: string } => {
    const kind = dice.pick<EntityKind>(['contact', 'contact', 'property', 'deal']);
    const count = kind === 'contact' ? 4 : 2;
    return { kind, entityId: `${dice.pick(users).name}${kind.slice(0, 1)}${dice.below(count)}` };
  };
  some(moods.people, 2, (at) => ({ at, do: 'people_remove', ...entity() }));
  some(moods.people && dice.chance(0.5), 1, (at) => {
    const user = dice.pick(users).name;
    return { at, do: 'people_merge', entityId: `${user}c${dice.below(4)}`, into: `${user}c${dice.below(4)}` };
  });
  some(moods.people && dice.chance(0.5), 2, (at) => ({ at, do: 'people_make', ...entity() }));
  some(moods.connections, 5, (at) => ({
    at,
    do: 'connection',
    user: dice.pick(users).name,
    who: dice.below(3),
    use: dice.pick(['pause', 'resume', 'disconnect', 'connect', 'connect', 'sync', 'sync', 'deliver_now']),
    entityId: entity().entityId,
  }));
  some(moods.poison, 2, (at) => ({ at, do: 'replay', who: dice.below(3) }));
  some(moods.poison && dice.chance(0.4), 1, (at) => ({ at, do: 'crm_relents' }));
}
