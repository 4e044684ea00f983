import { scopeOf } from '../../src/domain/connection.ts';
import { splitRecordKey, type RecordKey } from '../../src/domain/entity.ts';
import { linkId } from '../../src/domain/link.ts';
import { recordTitle } from '../../src/domain/record.ts';
import { timelineEntry } from '../support/builders.ts';
import { createCanaries, keyAt, type Canaries, type Content } from './canary-bodies.ts';
import { dumpOf, keptUnder, shownOfAll, shownTo, type Known, type Shown } from './look-around.ts';
import type { TenantAct } from './tenant-acts.ts';
import {
  openTenancyWorld,
  OPERATOR,
  USERS,
  type Called,
  type Published,
  type TenancyWorld,
} from './tenancy-world.ts';

const PROVIDER = '/api/integrations/crm/mri_vault';

export interface HistoryResult {
  /** What was shown, published or kept where it doesn't belong. */
  readonly leaks: readonly string[];
  /** Routes that answered somebody whose things they show. */
  readonly reached: ReadonlySet<string>;
  /** How often something was looked at, so that a judge who sees nothing is told. */
  readonly looked: number;
  /** Words that were found where they do belong. */
  readonly seen: number;
}

interface History {
  /** Whether the first two users have one CRM account. */
  readonly share: boolean;
  readonly world: TenancyWorld;
  readonly canaries: Canaries;
  readonly known: Known;
  readonly versions: Map<string, number>;
  readonly leaks: Set<string>;
  looked: number;
  seen: number;
}

/** Plays one history, and judges every byte that is shown or published under a user on the way and at its end. */
export async function runHistory(
  acts: readonly TenantAct[],
  { share = false, seed = 1 } = {},
): Promise<HistoryResult> {
  const known = { runs: new Set<string>(), reached: new Set<string>() };
  const canaries = createCanaries();
  // What stands in the topic can't be taken back, so it is judged as it goes there.
  const onPublished = ({ userId, text }: Published): void => {
    judge(history, [{ where: 'the topic', under: userId, text }]);
  };
  const world = await openTenancyWorld(seed, onPublished, share);
  const history: History = {
    share,
    world,
    canaries,
    known,
    versions: new Map(),
    leaks: new Set(),
    looked: 0,
    seen: 0,
  };
  try {
    for (const userId of USERS) await connect(history, userId);
    for (const act of acts) await perform(history, act);
    await world.clock.advance(90_000);
    for (const userId of USERS) await world.call(userId, 'POST', `${PROVIDER}/resume`);
    await world.clock.advance(90_000);
    await look(history);
    return { leaks: [...history.leaks], reached: known.reached, looked: history.looked, seen: history.seen };
  } finally {
    await world.close();
  }
}

async function perform(history: History, act: TenantAct): Promise<void> {
  const { world, known } = history;
  if (act.do === 'pass') return await world.clock.advance(act.ms);
  if (act.do === 'look') return await look(history);
  if (act.do === 'leftover') return await leaveOver(history, keyAt(act.at));
  const userId = USERS[act.user % USERS.length] ?? 'ann';
  switch (act.do) {
    case 'change':
      return await change(history, userId, act);
    case 'delete':
      return await tell(history, userId, keyAt(act.at), null);
    case 'connect':
      return await connect(history, userId);
    case 'pause':
    case 'resume':
      judge(history, shownBy(act.do, userId, await world.call(userId, 'POST', `${PROVIDER}/${act.do}`)));
      return;
    case 'sync': {
      const answer = await world.call(userId, 'POST', `${PROVIDER}/sync`);
      const { runId } = (answer.status < 300 ? JSON.parse(answer.text) : {}) as { runId?: string };
      if (runId !== undefined) known.runs.add(runId);
      return judge(history, shownBy('sync', userId, answer));
    }
    case 'preview':
      return judge(
        history,
        shownBy('preview', userId, await world.call(userId, 'POST', `${PROVIDER}/sync?dryRun=true`)),
      );
    case 'disconnect':
    case 'forget': {
      leaveInTheCrm(history, userId);
      const answer = await world.call(
        userId,
        'DELETE',
        act.do === 'forget' ? `${PROVIDER}?forget=true` : PROVIDER,
      );
      return judge(history, shownBy(act.do, userId, answer));
    }
    case 'erase':
      return await erase(history, userId);
    case 'deliver': {
      const path = `${PROVIDER}/records/${keyAt(act.at)}/sync`;
      return judge(history, shownBy('deliver', userId, await world.call(userId, 'POST', path)));
    }
    case 'refuse':
      world.crms[userId]?.misbehave({
        match: { path: /\/(contacts|properties|deals)(\/[^/?]+)?$/ },
        times: act.times,
        fault: { kind: 'status', status: 422, body: { message: 'no' } },
      });
      return;
    case 'edit':
      return edit(history, userId);
    case 'replay':
      return await replay(history, userId);
  }
}

async function change(
  history: History,
  userId: string,
  act: Extract<TenantAct, { do: 'change' }>,
): Promise<void> {
  const { canaries } = history;
  const key = keyAt(act.at);
  const last = canaries.last(key);
  const { kind } = splitRecordKey(key);
  const email = { shared: `pair-${userId}@example.test`, common: 'reception@example.test' };
  const fresh = () =>
    canaries.make(kind, act.say === 'shared' || act.say === 'common' ? email[act.say] : undefined);
  const content = act.say === 'again' && last !== null ? last : fresh();
  // Before it is told: what comes of it may be shown at once.
  canaries.give(key, content, userId);
  await tell(history, userId, key, content);
}

async function tell(
  history: History,
  userId: string,
  key: RecordKey,
  content: Content | null,
): Promise<void> {
  const { world, versions } = history;
  const { kind, entityId } = splitRecordKey(key);
  const version = (versions.get(key) ?? 0) + 1;
  versions.set(key, version);
  const event = {
    entity: kind,
    entityId,
    version,
    userId,
    eventId: `${key}-${String(version)}`,
    operation: content === null ? 'DELETE' : 'UPSERT',
    occurredAt: new Date(world.clock.now()).toISOString(),
    ...(content !== null && { [kind]: bodyIn(content) }),
  };
  const answer = await world.call(OPERATOR, 'POST', '/api/changes', [event]);
  if (answer.status !== 202) throw new Error(`a change was answered ${String(answer.status)} ${answer.text}`);
}

function bodyIn({ body }: Content): unknown {
  if (body.kind === 'contact') return body.contact;
  return body.kind === 'property' ? body.property : body.deal;
}

async function connect({ world }: History, userId: string): Promise<void> {
  await world.call(userId, 'POST', `${PROVIDER}/connect`, { credentials: world.credentials(userId) });
}

/** What an erased user's words are is nobody's from then on, wherever they stand. */
async function erase(history: History, userId: string): Promise<void> {
  const { world, canaries, leaks } = history;
  leaveInTheCrm(history, userId);
  const answer = await world.call(OPERATOR, 'POST', '/api/ops/erase', { userId });
  if (answer.status !== 200)
    throw new Error(`an erasure was answered ${String(answer.status)} ${answer.text}`);
  if (!(JSON.parse(answer.text) as { complete: boolean }).complete) return;
  canaries.forget(userId);
  for (const word of canaries.erased(dumpOf(world, history.share)))
    leaks.add(`${word} of ${userId} is kept after the erasure`);
}

/**
 * Nothing is sent to a CRM when a connection ends: what it wrote into an account that a colleague has, too, is the account's from then on,
 * and nobody can tell it from what people entered.
 */
function leaveInTheCrm({ world, canaries, share }: History, userId: string): void {
  const colleagues = USERS.slice(0, 2);
  if (!share || !colleagues.some((each) => each === userId)) return;
  const crm = world.crms[USERS[0]];
  const kinds = ['contacts', 'properties', 'deals'] as const;
  canaries.leave(JSON.stringify(kinds.map((kind) => crm?.records(kind))), colleagues);
}

function edit({ world, canaries, share }: History, userId: string): void {
  const colleagues = share && userId !== USERS[2] ? USERS.slice(0, 2) : [userId];
  const crm = world.crms[colleagues[0] ?? userId];
  const [record] = crm?.records('contacts') ?? [];
  if (record === undefined) return;
  const content = canaries.make('contact');
  for (const each of colleagues) canaries.give('contact/in-the-crm', content, each);
  crm?.editRecord('contacts', record.id, { firstName: content.word });
}

/** As programs did that named a record as it stood, whoever had it. */
async function leaveOver({ world }: History, key: RecordKey): Promise<void> {
  const { records, connections, timeline } = world.store;
  const record = (await records.read([key])).get(key);
  for (const userId of record?.formerUserIds ?? []) {
    for (const connection of await connections.listByOwner(userId)) {
      const id = linkId(scopeOf(connection), key);
      const { connectionId } = connection;
      const entry = timelineEntry(id, 90, { userId, connectionId, at: world.clock.now(), code: 'not_owner' });
      if (record !== undefined) await timeline.append([{ ...entry, title: recordTitle(record) }]);
    }
  }
}

async function replay(history: History, userId: string): Promise<void> {
  const { world } = history;
  const plan = await world.call(OPERATOR, 'POST', '/api/ops/dead-letters/plan', { userId });
  judge(history, [{ where: 'a plan', under: null, text: plan.text }]);
  const { planId } = JSON.parse(plan.text) as { planId?: string };
  const begun = await world.call(OPERATOR, 'POST', '/api/ops/dead-letters/replay', { planId });
  judge(history, [{ where: 'a replay', under: null, text: begun.text }]);
}

function shownBy(where: string, under: string, { text, headers }: Called): readonly Shown[] {
  return [{ where, under, text: `${text}${headers}` }];
}

async function look(history: History): Promise<void> {
  const { world, canaries, known } = history;
  for (const userId of USERS) {
    judge(history, await shownTo(world, canaries, known, userId));
    judge(history, await keptUnder(world, userId, history.share));
  }
  judge(history, await shownOfAll(world, known));
  // A CRM is its user's: what was sent there is what was that user's. Of one that two have, both are shown what stands there.
  if (history.share) return;
  for (const userId of USERS) {
    const records = ['contacts', 'properties', 'deals'].map((name) =>
      world.crms[userId]?.records(name as 'contacts'),
    );
    for (const word of canaries.never(JSON.stringify(records), userId))
      history.leaks.add(`${word} in the CRM of ${userId}`);
  }
}

function judge(history: History, shown: readonly Shown[]): void {
  const { canaries, leaks } = history;
  for (const { where, under, text } of shown) {
    history.looked += 1;
    const words = canaries.in(text);
    const wrong = under === null ? words : canaries.foreign(text, under);
    history.seen += words.length - wrong.length;
    for (const word of wrong) leaks.add(`${word} in ${where}, under ${under ?? 'nobody'}`);
  }
}
