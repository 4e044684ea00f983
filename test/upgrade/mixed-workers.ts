import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { eventually } from '../support/running-service.ts';
import { COLLECTIONS, differences, upsert, type Content } from './office.ts';
import { recordsOf, runProgramOf, type ProgramEnv, type RunningProgram } from './old-store.ts';
import { createdTwice } from './open-with-new.ts';

/** What workers of two programs did that shared servers, one of the old program killed in the middle of it. */
export interface Mixed {
  /** Shards of each worker: at first, after the kill, and when an old one had come back. */
  readonly shards: readonly (readonly number[])[];
  /** How the CRM differed from Zena in the end. */
  readonly differing: readonly string[];
  readonly doubled: readonly string[];
  /** What a full sync of each user wrote in the end. */
  readonly writesOfSyncs: number;
}

const ROOT = new URL('../..', import.meta.url).pathname;
/** Of as many budgets: each worker has some. */
export const MIXED_USERS = Array.from({ length: 12 }, (_, index) => `mixed${index + 1}`);
export const apiKeyOf = (userId: string): string => `key-${userId}`;
const CONTACTS = 8;
const IN_THE_AIR = 24;
const WITHIN_MS = 90_000;
const SHARDS = 256;
/** What each version says, in the words of which. */
const SAYS = [1, 2, 1, 2, 2, 1];

/** Runs them. `program`: the folder of the old one's tree. Rejects where one of them does not start or nothing arrives any more. */
export async function runMixedWorkers(
  program: string,
  env: ProgramEnv,
  sandbox: VaultSandbox,
  logs: Readonly<Record<'old' | 'new', string>>,
): Promise<Mixed> {
  const startOld = (): Promise<RunningProgram> => runProgramOf(program, env, logs.old);
  const running: RunningProgram[] = [];
  const sent: ChangeEvent[] = [];
  const shards: number[][] = [];
  try {
    const [old, present] = await Promise.all([startOld(), runProgramOf(ROOT, env, logs.new)]);
    running.push(old, present);
    const { api } = present;
    const send = async (version: number, suffix = ''): Promise<void> => {
      const events = MIXED_USERS.flatMap((userId) => eventsOf(userId, version, suffix));
      await api.publish(events);
      sent.push(...events);
    };
    const arrived = async (): Promise<string[]> => {
      let differing: string[] = [];
      await eventually(() => {
        differing = differences(sent, recordsOf(sandbox));
        if (differing.length > 0) throw new Error(`The CRM differs: ${differing.join('; ')}`);
      }, WITHIN_MS);
      return differing;
    };
    const shared = async (workers: number): Promise<void> => {
      shards.push(await sharedBy(api, workers));
    };

    await shared(2);
    for (const userId of MIXED_USERS)
      await api.connect(userId, { apiKey: apiKeyOf(userId), instanceUrl: sandbox.url });
    await send(1);
    await arrived();
    const lost = sandbox.misbehave({
      match: { method: 'POST', path: `/${COLLECTIONS.contact}` },
      times: IN_THE_AIR,
      fault: { kind: 'timeoutAfterCommit' },
    });
    await send(1, 'b');
    await eventually(() => {
      if (lost.hits() < IN_THE_AIR) throw new Error(`${lost.hits()} creates are in the air`);
    });
    await old.process.end('SIGKILL', 1_000);
    await send(2);
    // What the living one has goes on meanwhile: it takes the rest after the fence.
    await shared(1);
    await send(3);
    const again = await startOld();
    running.push(again);
    await send(4, 'b');
    await shared(2);
    await send(5);
    await arrived();
    // What the old one wrote last goes back to what the new one knows to have written before.
    await again.process.end('SIGTERM', 20_000);
    await send(6);
    const differing = await arrived();
    const before = writes(sandbox);
    for (const userId of MIXED_USERS) {
      await eventually(async () => {
        if (!(await api.isQuiet(userId))) throw new Error(`${userId} still has work`);
      }, WITHIN_MS);
      await api.sync(userId);
    }
    return { shards, differing, doubled: createdTwice(sandbox), writesOfSyncs: writes(sandbox) - before };
  } finally {
    sandbox.stopMisbehaving();
    await Promise.all(running.map(({ process }) => process.end('SIGTERM', 20_000)));
  }
}

/** Resolves with the shards of each once so many share all of them, and each has some. */
async function sharedBy(api: RunningProgram['api'], workers: number): Promise<number[]> {
  return eventually(async () => {
    const held = await api.shards();
    const sum = held.reduce((total, each) => total + each, 0);
    if (held.length !== workers || sum !== SHARDS || held.includes(0)) {
      throw new Error(`Shards of the workers: ${held.join(', ')}`);
    }
    return held;
  }, WITHIN_MS);
}

/** Contacts, a property of theirs and its deal. */
function eventsOf(userId: string, version: number, suffix: string): ChangeEvent[] {
  const names = Array.from({ length: CONTACTS }, (_, index) => `${userId}Person${index}${suffix}`);
  const [house, contract] = [`${userId}House${suffix}`, `${userId}Deal${suffix}`];
  const contacts = names.slice(0, 2);
  const content = { version, says: SAYS[version - 1] ?? version };
  return [
    ...names.map((name) =>
      upsert({ kind: 'contact', userId, name }, { ...content, ...formOf(userId, name) }),
    ),
    upsert({ kind: 'property', userId, name: house }, { ...content, contacts }),
    upsert({ kind: 'deal', userId, name: contract }, { ...content, contacts, property: house }),
  ];
}

/** Upper case is compared alike by both programs; what only the new one unwraps, both would go on correcting. */
function formOf(userId: string, name: string): Content {
  return name.includes('Person0') ? { email: `${name}@${userId}.EXAMPLE.test`.toUpperCase() } : {};
}

function writes(sandbox: Pick<VaultSandbox, 'requests'>): number {
  return sandbox.requests().filter(({ method }) => method !== 'GET').length;
}
