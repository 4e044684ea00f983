import { connect } from '../../src/integrations/connect.ts';
import { disconnect } from '../../src/integrations/disconnect.ts';
import type { IntegrationPorts } from '../../src/integrations/integration.port.ts';
import { pause, resume } from '../../src/integrations/pause.ts';
import { deliverNow } from '../../src/integrations/records.ts';
import { sync } from '../../src/integrations/sync.ts';
import type { DeadLetterFilter } from '../../src/domain/replay.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import { apiKeyOf, simVault } from './crm/sim-connector.ts';
import type { SimProcess } from './process.ts';
import type { SimAction, SimUser } from './plan/sim-plan.ts';
import { runningProcess } from './time/virtual-timers.ts';
import type { World } from './world.ts';

type Use = Extract<SimAction, { do: 'connection' }>['use'];

/** Users as they come to the API, and what it told them. */
export interface Users {
  use(user: SimUser, use: Use, who: number, entityId?: string): Promise<boolean>;
  replay(who: number, filter?: DeadLetterFilter): Promise<void>;
  /** Questions to processes that live and have not answered. */
  readonly waiting: number;
  /** Users that were without a connection at any time, as far as they can know. */
  readonly left: ReadonlySet<string>;
}

export function createUsers(world: World): Users {
  const left = new Set<string>();
  const connects = new Map<string, number>();
  const keys = new Map<string, string>();
  const waiting = new Set<SimProcess>();

  const call = async (user: SimUser, use: Use, process: SimProcess, entityId?: string): Promise<boolean> => {
    const { ports } = process;
    const { name } = user;
    if (use === 'connect') {
      const number = (connects.get(name) ?? 0) + 1;
      connects.set(name, number);
      const apiKey = apiKeyOf(user.budget, name, number);
      const connected = await connect(ports, requestOf(user, apiKey));
      if (connected.ok) keys.set(name, apiKey);
      return connected.ok;
    }
    if (use === 'pause') return (await pause(ports, name, simVault.id)).ok;
    if (use === 'resume') return (await resume(ports, name, simVault.id)).ok;
    if (use === 'sync') return (await sync(ports, name, simVault.id, NO_WAIT)).ok;
    if (use === 'deliver_now') return await deliver(ports, name, entityId ?? '');
    left.add(name);
    const before = keys.get(name);
    const gone = await disconnect(ports, name, simVault.id, { forget: false });
    if (gone.ok && before !== undefined) world.judge.disconnected(before);
    return gone.ok;
  };

  return {
    left,
    get waiting() {
      return [...waiting].filter(({ life }) => !life.dead).length;
    },
    async use(user, use, who, entityId) {
      const process = world.processes[who % Math.max(1, world.processes.length)];
      if (process === undefined) return false;
      world.trace(`${user.name} asks ${process.life.name} to ${use}`);
      const question = { ...process };
      waiting.add(question);
      try {
        const done = await runningProcess.run(process.life, () => call(user, use, process, entityId));
        world.trace(`${user.name}: ${use} ${done ? 'done' : 'refused'}`);
        return done;
      } catch (error) {
        world.trace(`${user.name}: ${use} failed, ${String(error)}`);
        return false;
      } finally {
        waiting.delete(question);
      }
    },
    async replay(who, filter = {}) {
      const process = world.processes[who % Math.max(1, world.processes.length)];
      if (process === undefined) return;
      world.trace.count('replay');
      try {
        await runningProcess.run(process.life, async () => {
          const plan = await process.replays.plan(filter, 'operator');
          await process.replays.begin(plan.replayId);
        });
      } catch (error) {
        world.trace(`replay failed: ${String(error)}`);
      }
    },
  };
}

const NO_WAIT = { waitMs: 0, signal: new AbortController().signal };

function requestOf(user: SimUser, apiKey: string) {
  return {
    userId: user.name,
    provider: simVault.id,
    replaceAccount: false,
    credentials: { apiKey, instanceUrl: `https://${user.host}` },
    syncConfig: { deletions: user.deletions },
  };
}

async function deliver(ports: IntegrationPorts, userId: string, entityId: string): Promise<boolean> {
  const kinds = { c: 'contact', p: 'property', d: 'deal' } as const;
  const kind = kinds[entityId.replace(/u\d/, '').charAt(0) as 'c' | 'p' | 'd'];
  return (await deliverNow(ports, { userId, provider: simVault.id, kind, entityId })).ok;
}

/** Does to the world what an action says. */
export function perform(world: World, users: Users, action: SimAction): void {
  const { time, plan, processes } = world;
  const at = (who: number): SimProcess | undefined => processes[who % Math.max(1, processes.length)];
  switch (action.do) {
    case 'event':
    case 'null_value':
    case 'unreadable':
      world.append(action);
      return;
    case 'crash':
      at(action.who)?.life.dieIn(action.calls, action.point);
      return;
    case 'freeze':
      at(action.who)?.life.freeze(action.ms);
      return;
    case 'stop':
      at(action.who)?.stop();
      return;
    case 'start':
      if (processes.length < plan.workers + 1) world.start();
      return;
    case 'store_fails':
      world.store.trouble({
        until: time.elapsed + action.ms,
        rate: action.rate,
        point: action.point,
        process: action.who === null ? null : (at(action.who)?.life.name ?? null),
      });
      return;
    case 'topic_fails':
      world.topic.failUntil(time.elapsed + action.ms);
      return;
    case 'crm_fails':
      world.wire.trouble({ ...action, until: time.elapsed + action.ms });
      return;
    case 'crm_says':
      world.say({ ...action, from: time.elapsed, until: time.elapsed + action.ms });
      return;
    case 'connection': {
      const user = plan.users.find(({ name }) => name === action.user);
      if (user !== undefined) void users.use(user, action.use, action.who, action.entityId);
      return;
    }
    case 'crm_relents':
      for (const account of world.accounts.values()) account.relent();
      world.relented = true;
      return;
    case 'replay':
      void users.replay(action.who);
      return;
    default:
      performPeople(world, action);
  }
}

/** People at work in the CRM, on the record that holds an entity's content now. */
function performPeople(
  world: World,
  action: Extract<SimAction, { do: 'people_edit' | 'people_remove' | 'people_make' | 'people_merge' }>,
): void {
  const { people, plan, trace } = world;
  trace.count(action.do);
  if (action.do === 'people_make') {
    const user = plan.users.find(({ name }) => action.entityId.startsWith(name));
    if (user === undefined || action.kind === 'deal') return;
    people.make(user.host, action.kind, action.made ?? { key: sharedKey(action.kind, user), fields: {} });
    return;
  }
  const one = people.held(action.entityId);
  if (one === null) return;
  if (action.do === 'people_edit') people.edit(one, action.edit);
  else if (action.do === 'people_remove') people.remove(one);
  else {
    const into = people.held(action.into);
    if (into === null || into.host !== one.host || into.record.id === one.record.id) return;
    if (action.answer === undefined) people.remove(one);
    else people.merge(one, into, action.answer);
  }
}

function sharedKey(kind: EntityKind, { name }: SimUser): string {
  return kind === 'contact' ? `${name}-0@example.test` : `${name}-0 High Street`;
}
