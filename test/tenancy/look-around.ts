import { readScope } from '../contract/state-store/links/link-steps.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import { ENTITIES, type Canaries } from './canary-bodies.ts';
import { OPERATOR, USERS, type Called, type TenancyWorld } from './tenancy-world.ts';

/** Something that was shown or published, and under whom; null: under nobody, so that no record's words belong there. */
export interface Shown {
  readonly where: string;
  readonly under: string | null;
  readonly text: string;
}

const PROVIDER = 'mri_vault';
const STREAM = /\/events$/;

/** The runs that were ever heard of: also another's are asked for. */
export interface Known {
  readonly runs: Set<string>;
  /** Routes that answered 200 to one whose things they show. */
  readonly reached: Set<string>;
}

/** Everything that one user can be shown now: every route that reads, with every id there is, streams with what went before. */
export async function shownTo(
  world: TenancyWorld,
  canaries: Canaries,
  known: Known,
  userId: string,
): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  const note = (where: string, { status, text, headers }: Called): void => {
    if (status === 200) known.reached.add(where);
    if (status >= 500) throw new Error(`${where} answered ${String(status)}: ${text}`);
    shown.push({ where, under: userId, text: `${text}${headers}` });
  };
  const routes = world.app.declaredRoutes.filter(
    ({ method, access }) => method === 'GET' && access === 'user',
  );
  for (const { url } of routes) {
    for (const path of pathsOf(url, known)) {
      if (!STREAM.test(url)) note(url, await world.call(userId, 'GET', path));
      else note(url, await world.listen(userId, `${path}${url === '/api/events' ? '?recent=200' : ''}`));
    }
  }
  note('/api/events resumed', await world.listen(userId, '/api/events', { 'last-event-id': '0' }));
  const word = canaries.another(userId);
  if (word !== null) {
    const path = `/api/integrations/crm/${PROVIDER}/records?q=${word}`;
    const found = await world.call(userId, 'GET', path);
    // What is another's is not found, whatever else of it would be shown.
    if (found.status === 200 && (JSON.parse(found.text) as { data: unknown[] }).data.length > 0)
      shown.push({ where: 'a search for it', under: userId, text: word });
  }
  return shown;
}

function pathsOf(url: string, { runs }: Known): string[] {
  const base = url.replace(':provider', PROVIDER);
  if (base.includes(':runId')) return [...runs].slice(-3).map((run) => base.replace(':runId', run));
  if (base.includes(':entity'))
    return ENTITIES.map(([kind, id]) => base.replace(':entity/', `${kind}/`).replace(':entityId', id));
  if (base.includes(':')) throw new TypeError(`nobody knows what to ask ${url} for`);
  return [base];
}

/** What operators are shown, under whom they name; and what stands in log, metrics and audit. */
export async function shownOfAll(world: TenancyWorld, known: Known): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  const ask = async (path: string, under: string | null): Promise<Called> => {
    const called = await world.call(OPERATOR, 'GET', path);
    if (called.status === 200) known.reached.add(path.replace(/\?.*$/, ''));
    shown.push({ where: path, under, text: called.text });
    return called;
  };
  for (const userId of USERS) {
    await ask(`/api/ops/dead-letters?userId=${userId}&limit=200`, null);
    const letters = await world.store.deadLetters.list({ userId }, null, 20);
    for (const { id } of letters.items) await ask(`/api/ops/dead-letters/${id}`, userId);
    await ask(`/api/ops/audit?userId=${userId}&limit=200`, null);
  }
  for (const path of ['groups', '']) await ask(`/api/ops/dead-letters${path === '' ? '' : `/${path}`}`, null);
  for (const path of ['connections', 'audit', 'workers', 'replays']) await ask(`/api/ops/${path}`, null);
  await ask('/metrics', null);
  shown.push({ where: 'the log', under: null, text: world.logs.join('\n') });
  return shown;
}

/**
 * Every row of a user's own that is kept, and that names the user: what is told from is kept there. What is known of a CRM record that two
 * users have is of the CRM, where both read it.
 */
export async function keptUnder(
  world: TenancyWorld,
  userId: string,
  share: boolean,
): Promise<readonly Shown[]> {
  const { timeline, connections, links, runs } = world.store;
  const shown: Shown[] = [];
  const keep = (where: string, value: unknown): void =>
    void shown.push({ where, under: userId, text: JSON.stringify(value) });
  // What programs of before left is shown to nobody, and stands until somebody gets to it.
  const entries = await timeline.ofUser(userId, null, 1_000);
  keep(
    'the timeline',
    entries.filter(({ checked }) => checked === true),
  );
  for (const connection of await connections.listByOwner(userId)) {
    const scope = scopeOf(connection);
    for (const link of await readScope(links, scope)) keep('a link', share ? { ...link, copy: null } : link);
    keep('the runs', (await runs.list(connection.connectionId, null, 50)).items);
  }
  return shown;
}

/** All that stands in the store's file, as text; but what is known of CRM records, where two users have one. */
export function dumpOf({ store }: TenancyWorld, share: boolean): string {
  const { database } = store;
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables
    .flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all())
    .map((row) =>
      Object.values(share ? { ...row, copy: null } : row)
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
        .join(' '),
    )
    .join('\n');
}
