import { isUsualPlaceholder } from '../../src/domain/canonical/placeholder-emails.ts';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { expectedFields } from '../support/expected-fields.ts';
import { eventually } from '../support/running-service.ts';
import { differences, nameIn, type CrmRecord } from './office.ts';
import { ADOPTED, AFTERWARDS, AGENT, FED, PAUSED, REFUSED, SUPERSEDED, UNFINISHED } from './old-office.ts';
import { FORMS, FORMS_DIFFERING, FORMS_IN_THE_AIR } from './old-forms.ts';
import { openForms, type FormsOpened } from './open-forms.ts';
import { recordsOf, runProgramOf, type ProgramEnv } from './old-store.ts';

/** What became of an old store that was opened by the present program, as the CRM tells it. */
export interface Opened {
  /** How the CRM differed from Zena once the program had nothing more to do, the refused record apart. */
  readonly differing: readonly string[];
  /** The dead letters that were there then. */
  readonly dead: readonly string[];
  /** Writes, until then, of records that the old program had left equal. */
  readonly needless: readonly string[];
  /** How the CRM differed after the dead letter was tried again and changes of every sort had come. */
  readonly differingAfterwards: readonly string[];
  /** The requests that these changes took, by method. */
  readonly writesAfterwards: Readonly<Record<string, number>>;
  /** Full syncs in the end, and what they wrote. */
  readonly syncs: readonly Readonly<Record<string, unknown>>[];
  readonly writesOfSyncs: readonly string[];
  /** The states of runs that were under way when the old program was killed. */
  readonly runs: readonly string[];
  readonly forms: FormsOpened;
  /** Records that the CRM was made to create more than once, over the whole life of the store. */
  readonly doubled: readonly string[];
}

const ROOT = new URL('../..', import.meta.url).pathname;
/** More than the claims of the killed program last. */
const CONVERGED_WITHIN_MS = 75_000;

/** Of a store that did not converge in the first place. */
const UNTRIED = {
  differingAfterwards: ['not tried'],
  writesAfterwards: {},
  syncs: [],
  writesOfSyncs: ['not tried'],
  forms: { differing: ['not tried'], writesOfGone: [], preview: {}, bareHashes: [] },
} as const satisfies Partial<Opened>;

/** Opens the store that `makeOldStore` left, with the present program, and goes on with it. */
export async function openWithNew(env: ProgramEnv, sandbox: VaultSandbox, logFile: string): Promise<Opened> {
  const left = sandbox.requests().length;
  const { process: program, api } = await runProgramOf(ROOT, env, logFile);
  const converged = async (events: typeof FED): Promise<string[]> => {
    let differing: string[] = [];
    const isDone = async (): Promise<void> => {
      differing = differences(events, recordsOf(sandbox), SUPERSEDED);
      if (differing.length > 0) throw new Error('The CRM differs.');
      for (const userId of [AGENT, PAUSED, FORMS]) {
        if (!(await api.isQuiet(userId))) throw new Error(`${userId} still has work.`);
      }
    };
    // What still differs is told; whoever judges it says more than that time was over.
    await eventually(isDone, CONVERGED_WITHIN_MS).catch((error: unknown) => differing.push(String(error)));
    return differing;
  };
  const writesOf = async <T>(work: () => Promise<T>): Promise<[T, JournalEntry[]]> => {
    const before = sandbox.requests().length;
    const value = await work();
    return [value, sandbox.requests().slice(before).filter(isWrite)];
  };

  try {
    await api.resume(PAUSED);
    const differing = await converged(FED.filter((event) => event !== REFUSED));
    const dead = await api.deadEntities();
    const written = sandbox.requests().slice(left).filter(isWrite).map(writtenName);
    const needless = written.filter((name) => !UNFINISHED.has(name) && !isOfForms(name));
    const runs = await api.runs(FORMS);
    if (differing.length > 0)
      return { ...UNTRIED, differing, dead, needless, runs, doubled: createdTwice(sandbox) };
    await api.replayAll();
    const replayed = await converged(FED);
    const [changed, writes] = await writesOf(async () => {
      await api.publish(AFTERWARDS);
      return converged([...FED, ...AFTERWARDS]);
    });
    const forms = await openForms(api, sandbox, env, async (work) => (await writesOf(work))[1]);
    const [syncs, writesOfSyncs] = await writesOf(async () => [
      await api.sync(AGENT),
      await api.sync(PAUSED),
      await api.sync(FORMS),
    ]);
    return {
      differing,
      dead,
      needless,
      runs,
      forms,
      differingAfterwards: [...replayed, ...changed],
      writesAfterwards: countBy(writes.map(({ method }) => method)),
      syncs,
      writesOfSyncs: writesOfSyncs.map(writtenName),
      doubled: createdTwice(sandbox),
    };
  } finally {
    await program.end('SIGTERM', 20_000);
  }
}

const FORMS_UNFINISHED = new Set(
  FORMS_IN_THE_AIR.flatMap(({ events }) => events).map(({ body }) =>
    body === null
      ? ''
      : nameIn(
          body.kind,
          expectedFields(body, () => null),
        ),
  ),
);

/** What the old program had not finished of forms, or written otherwise than it is written now. */
function isOfForms(name: string): boolean {
  return FORMS_UNFINISHED.has(name) || FORMS_DIFFERING.has(name) || name === 'contact undefined';
}

function isWrite({ method }: JournalEntry): boolean {
  return method !== 'GET';
}

function writtenName({ path, body }: JournalEntry): string {
  const kind = path.includes('/contacts') ? 'contact' : path.includes('/properties') ? 'property' : 'deal';
  return nameIn(kind, (body ?? {}) as CrmRecord);
}

/** What the CRM was made to create more than once: by name in all that it ever made, and by e-mail in what it holds. */
export function createdTwice(sandbox: Pick<VaultSandbox, 'records' | 'writes'>): string[] {
  const kinds = { contacts: 'contact', properties: 'property', deals: 'deal' } as const;
  const creates = sandbox
    .writes(0)
    .filter(({ kind, fields }) => kind === 'create' && fields?.['firstName'] !== ADOPTED)
    // The program of before took people without an e-mail for one: whoever was taken for another gets a record.
    .filter(({ fields }) => !isUsualPlaceholder(String(fields?.['email'] ?? '')));
  const emails = sandbox
    .records('contacts')
    .map(({ email }) => String(email ?? '').toLowerCase())
    .filter((email) => !isUsualPlaceholder(email));
  const made = countBy([
    ...creates.map(({ collection, fields }) => nameIn(kinds[collection], fields ?? {})),
    ...emails.filter((email) => email !== ''),
  ]);
  return Object.keys(made).filter((name) => (made[name] ?? 0) > 1);
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
