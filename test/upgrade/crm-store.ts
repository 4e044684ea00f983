import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { MisbehaviourRule } from '../../src/sandbox/kit/faults/misbehaviour.ts';
import { eventually } from '../support/running-service.ts';
import { deal, house, IN_CRM_BEFORE, nameIn, person, type OfficeCrm } from './crm-offices.ts';
import { runProgramOf, type ProgramEnv } from './old-store.ts';
import type { ProgramApi } from './program-api.ts';

/** What became of a store of one CRM that the present program opened. */
export interface CrmOpened {
  /** How the CRM differed from Zena once nothing was left to do. */
  readonly differing: readonly string[];
  /** Writes, until then, of what the old program had left equal. */
  readonly needless: readonly string[];
  /** How it differed after changes had come. */
  readonly differingAfterwards: readonly string[];
  /** A full sync in the end, and what it wrote. */
  readonly sync: Readonly<Record<string, unknown>>;
  readonly writesOfSync: readonly string[];
}

const ROOT = new URL('../..', import.meta.url).pathname;
const AGENT = 'agent';
const SETTLED_WITHIN_MS = 60_000;
/** More than the claims of the killed program last. */
const CONVERGED_WITHIN_MS = 120_000;

const SETTLED: readonly ChangeEvent[] = [
  ...['Ann1', 'Ann2', 'Ann3', 'Ann4', ...IN_CRM_BEFORE].map((name) => person(name)),
  ...['House1', 'House2'].flatMap((name) => [house(name, 'Ann1'), deal(name, 'Ann1')]),
];

interface InTheAir {
  readonly rule: MisbehaviourRule;
  readonly event: ChangeEvent;
}

/** On their way when the old program is killed: done without an answer, and not done. */
function inTheAir({ people }: OfficeCrm): readonly InTheAir[] {
  const struck = (
    method: string,
    path: string | RegExp,
    kind: 'timeoutAfterCommit' | 'timeoutBeforeCommit',
  ) => ({
    match: { method, path },
    times: 1,
    fault: { kind } as const,
  });
  return [
    { rule: struck('POST', people.create, 'timeoutAfterCommit'), event: person('Lost') },
    { rule: struck('POST', people.create, 'timeoutBeforeCommit'), event: person('Cut') },
    { rule: struck('PUT', people.change, 'timeoutAfterCommit'), event: person('Ann2', 2) },
    { rule: struck('PUT', people.change, 'timeoutBeforeCommit'), event: person('Ann3', 2) },
    {
      rule: struck('POST', people.note, 'timeoutAfterCommit'),
      event: person('Ann4', 2, ['Ann4 is kind', 'Ann4 sells']),
    },
  ];
}
/** Acknowledged to their producer right before the end. */
const JUST_TAKEN: readonly ChangeEvent[] = [person('Taken'), deal('House2', 'Ann1', 2)];
const AFTERWARDS: readonly ChangeEvent[] = [
  person('Ann1', 2, ['Ann1 is kind', 'Ann1 buys']),
  person('Lost', 2),
  person('Old1', 2),
  deal('House1', 'Ann1', 2),
];

/** Fills an empty store by a program of another commit (`program`: its folder), and kills that in the middle of its work. */
export async function makeCrmStore(
  program: string,
  env: ProgramEnv,
  crm: OfficeCrm,
  logFile: string,
): Promise<void> {
  const { process: old, api } = await runProgramOf(program, env, logFile, crm.provider);
  try {
    await api.connect(AGENT, crm.credentials);
    await api.publish(SETTLED);
    const differing = await converged(api, crm, SETTLED, SETTLED_WITHIN_MS);
    if (differing.length > 0)
      throw new Error(`The old program left other than told: ${differing.join('; ')}`);
    for (const { rule, event } of inTheAir(crm)) {
      const struck = crm.misbehave(rule);
      await api.publish([event]);
      await eventually(() => {
        if (struck.hits() === 0) throw new Error(`Nothing is in the air of ${event.entityId}`);
      });
    }
    await api.publish(JUST_TAKEN);
  } finally {
    await old.end('SIGKILL', 1_000);
    crm.stopMisbehaving();
  }
}

/** Opens the store that `makeCrmStore` left, with the present program, and goes on with it. */
export async function openCrmStore(env: ProgramEnv, crm: OfficeCrm, logFile: string): Promise<CrmOpened> {
  const air = inTheAir(crm).map(({ event }) => event);
  const fed = [...SETTLED, ...air, ...JUST_TAKEN];
  const unfinished = new Set([...air, ...JUST_TAKEN].map((event) => nameIn(crm, event)));
  const left = crm.requests().length;
  const { process: program, api } = await runProgramOf(ROOT, env, logFile, crm.provider);
  try {
    const differing = await converged(api, crm, fed, CONVERGED_WITHIN_MS);
    const needless = writesSince(crm, left).filter(([name]) => name === null || !unfinished.has(name));
    await api.publish(AFTERWARDS);
    const differingAfterwards = await converged(api, crm, [...fed, ...AFTERWARDS], SETTLED_WITHIN_MS);
    const before = crm.requests().length;
    const sync = await api.sync(AGENT);
    return {
      differing,
      differingAfterwards,
      sync,
      needless: needless.map(([, text]) => text),
      writesOfSync: writesSince(crm, before).map(([, text]) => text),
    };
  } finally {
    await program.end('SIGTERM', 20_000);
  }
}

/** How the CRM still differs once nothing is left to do, or time is over. */
async function converged(
  api: ProgramApi,
  crm: OfficeCrm,
  events: readonly ChangeEvent[],
  withinMs: number,
): Promise<string[]> {
  const wanted = crm.wanted(events);
  const isDone = async (): Promise<void> => {
    if (differences(wanted, crm.held()).length > 0) throw new Error('The CRM differs.');
    if (!(await api.isQuiet(AGENT))) throw new Error('There is work left.');
  };
  const late: string[] = [];
  await eventually(isDone, withinMs).catch((error: unknown) => late.push(String(error)));
  return [...late, ...differences(wanted, crm.held())];
}

/** What is there and isn't wanted, the second of two alike, too, and what is wanted and isn't there. */
function differences(wanted: readonly string[], held: readonly string[]): string[] {
  const missing = [...wanted];
  const over = held.filter((line) => {
    const at = missing.indexOf(line);
    if (at >= 0) missing.splice(at, 1);
    return at < 0;
  });
  return [...over.map((line) => `is there: ${line}`), ...missing.map((line) => `is missing: ${line}`)];
}

function writesSince(crm: OfficeCrm, index: number): [string | null, string][] {
  const writes = crm
    .requests()
    .slice(index)
    .filter(({ method }) => method !== 'GET');
  return writes.map((entry) => {
    const name = crm.about(entry);
    return [name, `${entry.method} ${entry.path} of ${name ?? 'nobody'}`];
  });
}
