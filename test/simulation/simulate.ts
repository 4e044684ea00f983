import { checkEnd } from './check-end.ts';
import { checkGivenUp, checkStops } from './check-refusals.ts';
import { createUsers, perform, type Users } from './perform.ts';
import type { SimPlan } from './plan/sim-plan.ts';
import { recordKey, type RecordKey } from '../../src/domain/entity.ts';
import { expectedRecords, type ExpectedRecord } from './feed/expected-records.ts';
import { installVirtualTimers } from './time/virtual-timers.ts';
import { createWorld, type Sabotage, type World } from './world.ts';

/** How a simulation ended. */
export interface SimResult {
  /** Empty when everything held. */
  readonly failures: readonly string[];
  /** Equal for equal histories. */
  readonly hash: string;
  /** Faults and other things that happened, by kind. */
  readonly counts: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
  /** Virtual ms from the end of the faults to the end of all work. */
  readonly recoveredMs: number;
  readonly steps: number;
}

export interface SimOptions {
  /** Whether the history is kept, to be read. */
  readonly trace?: boolean;
  readonly sabotage?: Sabotage;
}

/** All work has to end within this after the faults did, ms: back-offs, wait-outs, breakers, waits for references, take-overs. */
const PATIENCE_MS = 900_000;
const LOOK_MS = 500;
const CONNECT_MS = 30_000;

/** Runs one plan from its beginning to the end of all work, and judges it. One at a time: it takes the global timers. */
export async function simulate(plan: SimPlan, options: SimOptions = {}): Promise<SimResult> {
  const world = await createWorld(plan, options.trace ?? false, options.sabotage ?? {});
  const restore = installVirtualTimers(world.time);
  // Every wait that is cut short makes an error that nobody reads.
  const { stackTraceLimit } = Error;
  if (options.trace !== true) Error.stackTraceLimit = 0;
  try {
    const users = createUsers(world);
    const failures = await play(world, users);
    return {
      failures: [...world.judge.violations, ...failures],
      hash: world.trace.hash(),
      counts: world.trace.counts,
      lines: world.trace.lines,
      recoveredMs: world.time.elapsed - plan.until,
      steps: world.time.steps,
    };
  } finally {
    restore();
    Error.stackTraceLimit = stackTraceLimit;
    for (const { life } of world.processes) life.die('with the world');
    await world.store.close();
  }
}

async function play(world: World, users: Users): Promise<string[]> {
  const { time, plan } = world;
  for (let started = 0; started < plan.workers; started += 1) world.start();
  if (!(await connectAll(world, users))) return ['users could not connect'];
  const begin = time.elapsed;
  for (const action of plan.actions) time.after(action.at, () => perform(world, users, action));
  await time.runUntil(() => false, begin + plan.until);
  world.trace('the faults end');
  world.calm();
  await time.runUntil(() => users.waiting === 0, time.elapsed + CONNECT_MS);
  // What a process that died with a question had on its way to the store takes effect yet.
  await time.runUntil(() => false, time.elapsed + LOOK_MS);
  const stopped = await checkStops(world);
  if (stopped.length > 0) return stopped;
  if (!(await connectAll(world, users))) return ['users could not connect after the faults'];
  if (!(await settle(world))) return ['work did not end', ...leftWork(world)];
  touchWhatPeopleTook(world);
  keepTrafficFor(world);
  if (!(await settle(world))) return ['work did not end', ...leftWork(world)];
  const givenUp = await checkGivenUp(world);
  if (givenUp.length > 0) return givenUp;
  await replayAll(world, users);
  if (!(await settle(world))) return ['work did not end after the replay', ...leftWork(world)];
  return await checkEnd(world, users);
}

/** Each user connects, again if need be, resumes, and syncs what was missed without a connection. */
async function connectAll(world: World, users: Users): Promise<boolean> {
  const { time, plan } = world;
  const done = new Set<string>();
  let asking = 0;
  const ask = (name: string): void => {
    const user = plan.users.find((one) => one.name === name);
    if (user === undefined || done.has(name)) return;
    asking += 1;
    void connectOne(world, users, user).then((ok) => {
      asking -= 1;
      if (ok) done.add(name);
    });
  };
  const until = time.elapsed + CONNECT_MS;
  while (done.size < plan.users.length && time.elapsed < until) {
    if (asking === 0) plan.users.forEach(({ name }) => ask(name));
    // A process that died with the question leaves no answer.
    const patience = time.elapsed + 12_000;
    await time.runUntil(() => asking === 0 || time.elapsed >= patience, patience);
    asking = 0;
    await time.runUntil(() => false, time.elapsed + 500);
  }
  return done.size === plan.users.length;
}

async function connectOne(world: World, users: Users, user: SimPlan['users'][number]): Promise<boolean> {
  const { connections } = world.store.raw;
  const before = await connections.findByOwner(user.name, 'mri_vault');
  if (before?.status === 'paused') await users.use(user, 'resume', 0);
  if (before === null || before.status === 'needs_reauth' || before.status === 'disconnected')
    await users.use(user, 'connect', 0);
  const after = await connections.findByOwner(user.name, 'mri_vault');
  if (after?.status !== 'active') return false;
  return !users.left.has(user.name) || (await users.use(user, 'sync', 0));
}

/** Until the log is read and nothing is due any more. */
async function settle(world: World): Promise<boolean> {
  const { time, log } = world;
  const limit = time.elapsed + PATIENCE_MS;
  let lookAt = time.elapsed + LOOK_MS;
  return await time.runUntil(() => {
    if (time.elapsed < lookAt) return false;
    lookAt = time.elapsed + LOOK_MS;
    return log.isDone && leftWork(world).length === 0;
  }, limit);
}

function leftWork({ store }: World): string[] {
  const { database } = store.raw;
  const links = database
    .prepare('SELECT id FROM links WHERE next_at IS NOT NULL OR untold = 1 OR wake = 1 LIMIT 5')
    .all();
  const runs = database.prepare('SELECT run_id AS id FROM runs WHERE open = 1 LIMIT 5').all();
  const replays = database
    .prepare("SELECT replay_id AS id FROM replays WHERE status = 'running' LIMIT 5")
    .all();
  return [...links, ...runs, ...replays].map((row) => String(row['id']));
}

/** What people took away in the CRM is made again with the record's next change: here it comes. */
function touchWhatPeopleTook(world: World): void {
  const { database } = world.store.raw;
  const rows = database
    .prepare('SELECT user_id, key, remote_id FROM links WHERE remote_id IS NOT NULL')
    .all();
  const hosts = new Map(world.plan.users.map(({ name, host }) => [name, host]));
  const expected = expectedRecords(world.log);
  for (const { user_id: user, key, remote_id: id } of rows) {
    if (!world.people.removed.has(`${String(hosts.get(String(user)))} ${String(id)}`)) continue;
    const record = expected.get(key as RecordKey);
    if (record?.body && record.user === user) touch(world, record);
  }
}

/** The same content once more, as a new version. */
function touch(world: World, record: ExpectedRecord): void {
  const { kind, entityId, user, version } = record;
  const spec = world.sent(record);
  if (spec === null) return;
  const content = 1_000 + version;
  world.append({
    at: 0,
    do: 'event',
    kind,
    entityId,
    user,
    version: version + 1,
    body: { ...spec, content, trait: 'good' },
  });
}

/** What a CRM always fails on is given up while others get through: for a while some do. */
function keepTrafficFor(world: World): void {
  const broken = [...expectedRecords(world.log).values()].filter(
    (record) => world.sent(record)?.trait === 'broken',
  );
  for (const user of new Set(broken.map((record) => record.user))) {
    for (let n = 1; n <= TRAFFIC; n += 1) {
      world.time.after(n * TRAFFIC_EVERY_MS, () =>
        world.append({
          at: 0,
          do: 'event',
          kind: 'contact',
          entityId: `${user}c9`,
          user,
          version: n,
          body: {
            kind: 'contact',
            content: n,
            trait: 'good',
            key: `${user}@else.test`,
            contacts: [],
            property: null,
          },
        }),
      );
    }
  }
}

const TRAFFIC = 12;
const TRAFFIC_EVERY_MS = 8_000;

/**
 * What was given up for the CRM's failures is tried again, as people would; what it always fails on is left alone. A letter whose
 * link a dying process had just delivered is found to be superseded.
 */
async function replayAll(world: World, users: Users): Promise<void> {
  const { items } = await world.store.raw.deadLetters.list({ statuses: ['open', 'parked'] }, null, 100);
  const expected = expectedRecords(world.log);
  const rows = world.store.raw.database
    .prepare("SELECT dead ->> '$.id' AS id FROM links WHERE dead IS NOT NULL")
    .all();
  const dead = new Set(rows.map((row) => row['id']));
  const ids = items
    .filter(({ id, kind, entity, entityId }) => {
      const record = expected.get(recordKey(entity, entityId ?? ''));
      const broken = record !== undefined && world.sent(record)?.trait === 'broken';
      return kind === 'deliver' && !(broken && dead.has(id));
    })
    .map(({ id }) => id);
  if (ids.length === 0) return;
  let begun = false;
  void users.replay(0, { ids }).then(() => {
    begun = true;
  });
  await world.time.runUntil(() => begun, world.time.elapsed + CONNECT_MS);
}
