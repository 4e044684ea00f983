import { callLane, laneShares } from '../domain/deciding/lane-shares.ts';
import { LANES, type Lane, type Link } from '../domain/link.ts';
import { weightOf } from '../domain/json.ts';
import { PAGE_BYTES } from '../domain/page.ts';
import { pieceOfWork } from '../runtime/loop-turns.ts';
import type { Company, Gathering } from './company/company.ts';
import type { DeliverLink } from './deliver-link.ts';
import { NOTHING_REFERENCED, readPage, type PageView } from './steps/gather.ts';
import { passCrm } from './pass-crm.ts';
import { SEND_MARGIN_MS, type DeliveryParts, type Round } from './round.ts';
import type { LinkPatch } from '../state-store/link-store.port.ts';
import type { Trial } from './suspects.ts';
import type { WorkerState } from './worker-state.ts';

/** Deliveries in hand for each call that may be on the wire: the others read, plan and write meanwhile. */
const PLACES_A_CALL = 1.5;
/** Further ones that only live changes take, and only where the others are taken: so none waits for another lane's calls. */
const LIVE_PLACES = 4;
/** While another connection's record finds out whether an outage is over, ms. */
const TRIAL_PAUSE_MS = 1_000;
/** A store that failed is asked again after this, ms. */
const STORE_PAUSE_MS = 1_000;

/**
 * Delivers until nothing is due, the connection changed, or the program stops. Links are claimed a handful at a time, when a
 * quarter of the places is free; something new at once: of the live lane where there is a backlog, which comes to the rest by itself.
 * Where no lane gave all that it was asked for, nothing more is due until somebody says so. `inFlight` holds the deliveries in
 * hand; they may outlast this.
 */
export async function drainConnection(parts: DeliveryParts, round: Round, drained: Drained): Promise<void> {
  const { company, inFlight } = drained;
  const { state } = round;
  const singles = Math.ceil(round.connector.limits.maxConcurrent * PLACES_A_CALL);
  const urgent = new Set<Promise<void>>();
  const claimer = createLinkClaimer(parts, round);
  // Those who go together are claimed together, and a few that take their time hold up none of the next.
  const refill = company?.page ?? Math.max(1, Math.floor(singles / 4));
  const places = company === null ? singles : Math.ceil(company.page * PLACES_IN_COMPANY);
  const freePlaces = (): number => places - (inFlight.size - urgent.size);
  let dry = false;
  // Where lanes compete for the places. Not before one asking has filled them: usually a change or two are due, and no more.
  let backlog = false;
  // The nudge after which the live lane was asked and had nothing left.
  let liveAskedAt = 0;
  // Then one record at a time, of all connections of the budget, tells whether an outage is over.
  const onTrial = (): boolean => round.hold.isOnTrial();
  const mayAskForLive = (): boolean =>
    !onTrial() &&
    state.nudged &&
    state.nudges > liveAskedAt &&
    freePlaces() < refill &&
    urgent.size < LIVE_PLACES;
  const mayAskForAll = (): boolean => {
    if (inFlight.size === 0) return true;
    if (onTrial()) return false;
    const news = state.nudged || state.again;
    return (news || !dry) && freePlaces() >= (news && !backlog ? 1 : refill);
  };
  const begin = (
    claimed: readonly Link[],
    inHand: readonly Set<Promise<void>>[],
    onEnd: () => void = () => undefined,
  ): Promise<void> => beginDeliveries(parts, round, drained, { claimed, inHand, onEnd });
  const claimAny = async (turn: number): Promise<readonly Link[]> => {
    if (state.nudged) claimer.forget();
    state.act();
    const free = onTrial() ? 1 : pageOf(company, freePlaces(), backlog);
    const isGathering = parts.gathering.has(round.connection.connectionId);
    const isKept = isGathering || (round.hold.keptForLiveUntil() ?? 0) > parts.clock.now();
    const claimed: Link[] = [];
    for (;;) {
      const left = free - claimed.length;
      const asked: ClaimedLinks = await (isKept
        ? claimer.live(left)
        : backlog
          ? claimer.shares(left, turn)
          : claimer.any(left));
      claimed.push(...asked.claimed);
      dry = !asked.more;
      backlog = asked.more;
      // One claim also ends by its bytes.
      if (company === null || dry || asked.claimed.length === 0 || claimed.length >= free) return claimed;
    }
  };

  for (let turn = 1; !state.stopping && !state.stale; turn += 1) {
    if (!(await passCrm(parts, round))) continue;
    if (mayAskForLive()) {
      const { nudges } = state;
      const asked = await claimer.live(LIVE_PLACES - urgent.size);
      if (!asked.more) liveAskedAt = nudges;
      await begin(asked.claimed, [inFlight, urgent]);
    }
    if (inFlight.size === 0 && dry && isDone(state)) return;
    if (mayAskForAll()) {
      const endTrial = round.hold.beginTrial();
      if (endTrial === null) {
        await state.sleep(TRIAL_PAUSE_MS);
        continue;
      }
      const claimed = await claimAny(turn)
        .then(async (links) => {
          await begin(links, [inFlight], endTrial);
          return links;
        })
        .catch((error: unknown) => {
          endTrial();
          throw error;
        });
      if (claimed.length === 0 && isIdle(state, inFlight)) return;
    }
    if (!mayAskForLive() && !mayAskForAll()) await Promise.race([...inFlight, state.woken()]);
  }
}

export interface Drained {
  readonly deliver: DeliverLink;
  /** Null: each goes by itself. */
  readonly company: Company | null;
  /** The deliveries in hand. */
  readonly inFlight: Set<Promise<void>>;
}

/** As many of those that go together as may be in hand, as parts of what one call takes. */
const PLACES_IN_COMPANY = 1.25;

/** How many to claim at once: as many as one call takes, or a job where more than that are due. */
function pageOf(company: Company | null, free: number, backlog: boolean): number {
  if (company === null) return free;
  return backlog && company.jobPage !== null ? company.jobPage : Math.min(free, company.page);
}

const NOTHING_READ: PageView = { records: new Map(), ...NOTHING_REFERENCED };

/** Claims that are ended side by side. */
const CLAIMS_AT_ONCE = 100;

interface Begun {
  readonly claimed: readonly Link[];
  /** What they are in hand of until they have ended. */
  readonly inHand: readonly Set<Promise<void>>[];
  /** Called at the end of each, or where there is none. */
  readonly onEnd: () => void;
}

async function beginDeliveries(
  parts: DeliveryParts,
  round: Round,
  drained: Drained,
  begun: Begun,
): Promise<void> {
  const gathering = drained.company?.gather(begun.claimed) ?? null;
  try {
    await beginAll(parts, round, { ...drained, gathering }, begun);
  } finally {
    gathering?.end();
  }
}

async function beginAll(
  {
    store,
    outlets,
    room,
    suspects,
    clock,
  }: Pick<DeliveryParts, 'store' | 'outlets' | 'room' | 'suspects' | 'clock'>,
  round: Round,
  { deliver, company, gathering }: Omit<Drained, 'inFlight'> & { readonly gathering: Gathering | null },
  { claimed, inHand, onEnd }: Begun,
): Promise<void> {
  if (claimed.length === 0) return onEnd();
  // Those in hand may have to go first.
  const admitted = async (giveBack: Promise<() => void>): Promise<() => void> =>
    await (gathering?.away(() => giveBack) ?? giveBack);
  const { state } = round;
  const { well, setAside, trial, later, anew } = suspects.sort(claimed, company !== null);
  try {
    await endClaims(anew, { starts: 1 });
    await endClaims(later, {});
    // What they hold isn't read once more.
    for (const link of setAside) begin(link, NOTHING_READ, onEnd);
    if (trial !== null) await tryTogether(trial);
  } catch (error) {
    trial?.end();
    throw error;
  }
  await beginRead(well, onEnd);

  /** A process died with them in hand, and others of them are to be tried: they come back a little later. */
  async function endClaims(links: readonly Link[], patch: LinkPatch): Promise<void> {
    for (let at = 0; at < links.length; at += CLAIMS_AT_ONCE)
      await Promise.all(links.slice(at, at + CLAIMS_AT_ONCE).map((link) => endClaim(link, patch)));
  }

  async function endClaim({ id, claim, wanted, marks }: Link, patch: LinkPatch): Promise<void> {
    const next = { kind: 'at', at: suspects.comesBackAt(clock.now(), company !== null) } as const;
    await store.links.settle({ id, token: claim?.token ?? '', seen: { wanted, marks }, patch, next });
    state.leftDue = true;
    onEnd();
  }

  async function tryTogether({ links, end }: Trial): Promise<void> {
    let left = links.length;
    await beginRead(links, () => {
      left -= 1;
      if (left === 0) end();
      onEnd();
    });
  }

  async function beginRead(links: readonly Link[], ended: () => void): Promise<void> {
    for (let rest = links; rest.length > 0;) {
      const read = await readPage(
        store,
        round,
        rest.map((link) => link.key),
      );
      const left = new Set(read.rest);
      for (const link of rest.filter(({ key }) => !left.has(key))) {
        const taken = room.take(weightOf(link) + weightIn(read.view, link));
        const giveBack = taken instanceof Promise ? await admitted(taken) : taken;
        begin(link, read.view, () => {
          giveBack();
          ended();
        });
      }
      rest = rest.filter(({ key }) => left.has(key));
    }
  }

  function begin(link: Link, page: PageView, ended: () => void): void {
    const delivery = pieceOfWork(callLane(link) === 'live', () => deliver(link, page))
      .catch(async (error: unknown) => {
        // Its claim runs out and it is taken up again; a store that is away must not be asked in a loop.
        outlets.onError('delivery_failed', error);
        await state.sleep(STORE_PAUSE_MS);
      })
      .finally(() => {
        for (const set of inHand) set.delete(delivery);
        ended();
      });
    for (const set of inHand) set.add(delivery);
  }
}

/** What a delivery holds of what was read for it. */
function weightIn({ records, contents }: PageView, { key }: Link): number {
  const record = records.get(key);
  return (record?.references ?? []).reduce((sum, to) => sum + weightOf(contents.get(to)), weightOf(record));
}

/** Whether another claim would find nothing: what comes due by time alone, the poll finds. */
function isDone({ nudged, again, leftDue }: WorkerState): boolean {
  return !nudged && !again && !leftDue;
}

/** Asked after an await: a nudge may have come meanwhile. */
function isIdle({ nudged, again }: WorkerState, inFlight: ReadonlySet<unknown>): boolean {
  return inFlight.size === 0 && !nudged && !again;
}

/** What a claim covers beyond the first call: waiting for a turn under the limit. */
const CLAIM_SLACK_MS = 10_000;
/** A lane that had nothing left is not asked again for so long while others fill the places, ms. */
const DRY_MS = 250;

interface ClaimedLinks {
  readonly claimed: readonly Link[];
  /** A lane gave all that it was asked for, so it may hold more. */
  readonly more: boolean;
}

/** Claims the due links of one connection, oldest first. */
export interface LinkClaimer {
  /** Of the live lane alone. */
  live(limit: number): Promise<ClaimedLinks>;
  /** For `free` places where there may be as many as that or fewer: by one asking for all lanes, the urgent first. */
  any(free: number): Promise<ClaimedLinks>;
  /** For `free` places where there are more, by the lanes' shares at this `turn`. */
  shares(free: number, turn: number): Promise<ClaimedLinks>;
  /** Something may have become due: every lane is asked again. */
  forget(): void;
}

export function createLinkClaimer(
  { store, clock, random }: Pick<DeliveryParts, 'store' | 'clock' | 'random'>,
  { scope, connector, lease }: Pick<Round, 'scope' | 'connector' | 'lease'>,
): LinkClaimer {
  /** When a lane was found to have nothing left, epoch ms. */
  const dryAt = new Map<Lane, number>();
  const isDry = (lane: Lane): boolean => {
    const age = clock.now() - (dryAt.get(lane) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back tells nothing.
    return age >= 0 && age < DRY_MS;
  };

  const claim = async (lane: Lane | null, limit: number): Promise<ClaimedLinks> => {
    if (limit <= 0) return { claimed: [], more: true };
    const at = clock.now();
    const until = at + connector.limits.callDeadlineMs + SEND_MARGIN_MS + CLAIM_SLACK_MS;
    const ours = { token: random.uuid(), epoch: lease.epoch, until };
    const claimed = await store.links.claim({ scope, lane, now: at, limit, claim: ours });
    // A page of claims also ends by its bytes.
    return { claimed, more: claimed.length >= limit || weightOf(claimed) >= PAGE_BYTES };
  };

  return {
    live: (limit) => claim('live', limit),
    any: (free) => claim(null, free),
    async shares(free, turn) {
      const claimed: Link[] = [];
      let more = false;
      const upTo = async (lane: Lane, most: number): Promise<void> => {
        const limit = most - claimed.length;
        if (limit <= 0) return;
        const asked = await claim(lane, limit);
        if (asked.more) more = true;
        else dryAt.set(lane, clock.now());
        claimed.push(...asked.claimed);
      };
      const last = LANES.filter(isDry);
      const lanes = LANES.filter((lane) => !last.includes(lane));
      for (const share of laneShares(free, turn, lanes))
        if (!isDry(share.lane)) await upTo(share.lane, share.upTo);
      // Places that nobody else fills are worth another look.
      for (const lane of last) await upTo(lane, free);
      return { claimed, more };
    },
    forget: () => dryAt.clear(),
  };
}
