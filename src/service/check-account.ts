import type { Config } from '../config/config.ts';
import type { ConnectorKind, CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { EntityBody } from '../domain/entity.ts';
import type { Json } from '../domain/json.ts';
import { draftOf } from '../domain/mapping.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { openAccountSpeaker } from './account-speaker.ts';
import { createConnectors } from './create-connectors.ts';

/** One thing that was tried at a real account. */
export interface AccountFinding {
  readonly check: string;
  readonly ok: boolean;
  /** What was seen where it isn't; of a CRM record that was left there, its id. */
  readonly detail: string;
}

export interface AccountToCheck {
  readonly id: string;
  /** As a user enters them to connect. */
  readonly credentials: Readonly<Record<string, unknown>>;
  /** Tells the records of this run from all others. */
  readonly mark: string;
}

/** Why nothing could be tried. */
export class NothingToCheck extends Error {
  override readonly name = 'NothingToCheck';
}

/**
 * Tries a connector at a real account with one contact of its own, which it takes away again: accepted credentials, a search that finds nothing, a
 * create, what comes back, an update of one field, a search that finds it, and the delete. Rejects with `NothingToCheck` before the first call.
 */
export async function checkAccount(
  config: Pick<Config, 'declared' | 'placeholderEmails' | 'allowedInstanceHosts'>,
  { id, credentials, mark }: AccountToCheck,
  clock: Clock,
): Promise<readonly AccountFinding[]> {
  const all = createConnectors(config).available.filter((one) => one.id === id);
  const connector = all.find(({ takes }) => takes?.(credentials) === true) ?? all[0];
  if (connector === undefined) throw new NothingToCheck(`There is no connector ${id} that could be used.`);
  const parsed = connector.account.parse(credentials);
  if (!parsed.ok) throw new NothingToCheck(parsed.errors.map(({ detail }) => detail).join(' '));
  const { contact } = connector.kinds;
  if (contact?.delete === undefined) {
    throw new NothingToCheck('It can’t delete contacts, so nothing that is made could be taken away again.');
  }
  const { credentials: entered } = parsed;
  const account = openAccountSpeaker(
    { connector, credentials: entered, allowed: config.allowedInstanceHosts },
    clock,
  );
  try {
    return await account.speak((http) => tryAll({ connector, contact, http, mark, clock }));
  } finally {
    account.close();
  }
}

interface Trial {
  readonly connector: CrmConnector;
  readonly contact: ConnectorKind;
  readonly http: CrmHttp;
  readonly mark: string;
  readonly clock: Clock;
}

async function tryAll(trial: Trial): Promise<readonly AccountFinding[]> {
  const { connector, contact, http, clock } = trial;
  const findings: AccountFinding[] = [];
  const note = (check: string, outcome: CallOutcome<unknown>, problem: string | null = null): boolean => {
    const detail =
      outcome.kind === 'applied' ? problem : `${outcome.kind}: ${outcome.code}, ${outcome.detail}`;
    findings.push({ check, ok: detail === null, detail: detail ?? '' });
    return detail === null;
  };
  if (!note('the credentials are accepted', await connector.authenticate(http))) return findings;
  const drafts = await draftsOf(trial);
  if (drafts.kind !== 'applied') {
    note('what mapping has to know of the account can be read', drafts);
    return findings;
  }
  const { before, after } = drafts.value;
  const [key] = before.keys;
  if (key !== undefined) {
    const none = await contact.find(http, key);
    const found = none.kind === 'applied' && none.value.length > 0 ? 'it found somebody' : null;
    note('a search for nobody finds nobody', none, found);
  }
  const made = await contact.parts.core.create(http, { fields: before.fields });
  if (!note('a contact can be made', made) || made.kind !== 'applied') return findings;
  const { id, origin } = made.value;
  try {
    if (origin === 'existing') {
      note('the contact is a new one', made, 'the CRM took somebody who was there for it');
      return findings;
    }
    const changed = Object.keys(after.fields).filter(
      (name) => JSON.stringify(after.fields[name]) !== JSON.stringify(before.fields[name]),
    );
    const write = { fields: after.fields, changed, held: before.fields };
    note('a field of it can be changed', await contact.parts.core.update(http, id, write));
    if (contact.read !== undefined) {
      const read = await contact.read(http, id);
      const missing =
        read.kind === 'applied'
          ? changed.filter(
              (name) => JSON.stringify(read.value.fields[name]) !== JSON.stringify(after.fields[name]),
            )
          : [];
      note('it comes back as it was sent', read, missing.length > 0 ? `not so: ${missing.join(', ')}` : null);
    }
    await clock.sleep(connector.limits.searchLagMs);
    if (key !== undefined) {
      const found = await contact.find(http, key);
      const isIt = found.kind === 'applied' && found.value.some((hit) => hit.id === id);
      note('a search finds it within the declared lag', found, isIt ? null : 'it was not found');
    }
  } finally {
    if (origin === 'created') {
      const removed = await contact.delete?.(http, id);
      if (removed !== undefined) note('it can be taken away again', removed);
      if (removed?.kind !== 'applied') {
        findings.push({ check: 'nothing is left', ok: false, detail: `the contact ${id} is still there` });
      }
    }
  }
  return findings;
}

async function draftsOf({ connector, contact, http, mark }: Trial) {
  const body = (name: string): EntityBody => ({
    kind: 'contact',
    contact: {
      name,
      emails: [`zena-check-${mark}@example.com`],
      phones: [],
      role: '',
      relationshipNotes: [],
      doNotContact: null,
      attributes: {},
    },
  });
  const [first, second] = [body(`Zena Check ${mark}`), body(`Zena Checked ${mark}`)];
  const facts = new Map<string, Json>();
  for (const name of contact.factsFor?.(first) ?? []) {
    const outcome = await connector.facts?.read(http, name);
    if (outcome !== undefined && outcome.kind !== 'applied') return outcome;
    facts.set(name, outcome?.value ?? null);
  }
  const context = { resolve: () => null, timeZone: 'UTC', facts };
  const [before, after] = [draftOf(first, contact, context), draftOf(second, contact, context)];
  return { kind: 'applied', value: { before, after } } as const;
}
