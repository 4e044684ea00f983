import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../auth/principal.ts';
import { createWindowCounter } from '../../auth/window-counter.ts';
import {
  type AuditAct,
  type AuditedResource,
  type AuditedSettings,
  type AuditEntry,
  changedSettings,
} from '../../domain/audit-entry.ts';
import type { Connection } from '../../domain/connection.ts';
import type { App, AppDeps } from '../base/app-types.ts';
import { type Problem, PROBLEM_TYPE, problemBody } from '../problems/problem.ts';

/** What a handler knows of its act, beside what every request tells. */
export interface ActDetails {
  /** Who acts, on a public route. */
  readonly principal?: Principal;
  readonly resource?: AuditedResource;
  /** The settings as they were, null for none, and as they are. */
  readonly settings?: { readonly before: AuditedSettings | null; readonly after: AuditedSettings | null };
  readonly count?: number;
}

interface Act extends ActDetails {
  readonly act: AuditAct;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What is being done, from its beginning to its answer; null where nothing changes. */
    act: Act | null;
  }
}

/** Of one user in an hour: more of what failed is told to the log, once. What was done is always recorded. */
const MOST_FAILED_ACTS = 60;
const HOUR_MS = 3_600_000;
const MOST_COUNTED = 20_000;

type Deps = Pick<AppDeps, 'kept' | 'clock' | 'random' | 'logger'>;

const UNRECORDED: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'It was done, but could not be recorded. Look at what became of it before you ask again.',
  reason: 'audit_unavailable',
};

/**
 * Records every act after it and before its answer, whatever came of it. What was refused before it began is none, and neither is
 * what a user asked of something that isn't there or is another's; what failed is recorded in a bounded number. Where the
 * record can't be written, an operator is answered 503, since nobody may change other people's things unseen; a user is
 * answered what became of the act, and the log has the rest.
 */
export function registerAudit(app: App, deps: Deps): void {
  app.decorateRequest('act', null);
  const isWorthRecording = boundFailures(deps);
  app.addHook('preHandler', async (request) => {
    const { audit } = request.routeOptions.config;
    if (audit !== undefined) request.act = { act: audit };
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { act } = request;
    if (act === null) return payload;
    request.act = null;
    const entry = entryOf(act, request, outcomeOf(reply, payload), deps);
    if (entry === null) return payload;
    if (!isOperators(request) && !isWorthRecording(entry)) return payload;
    const written = write(entry, deps);
    // Whoever answers in place of a late handler must not wait: the handler would answer meanwhile.
    if (request.timedOut || (await written) || !isOperators(request)) return payload;
    reply.code(UNRECORDED.status).type(PROBLEM_TYPE).removeHeader('location');
    return JSON.stringify(problemBody(UNRECORDED, request.id));
  });
}

/** Keeps users from filling the audit by what comes to nothing. What may have been done, or still be, is always worth it. */
function boundFailures({ clock, logger }: Deps): (entry: AuditEntry) => boolean {
  const failures = createWindowCounter(HOUR_MS, MOST_COUNTED);
  return ({ act, userId, outcome, requestId }) => {
    if (outcome === 'NOT_FOUND') return false;
    if (['OK', 'NOT_READY', 'INTERNAL'].includes(outcome)) return true;
    const { count } = failures.count(userId, clock.monotonic());
    if (count === MOST_FAILED_ACTS + 1) {
      const told = { act, userId, outcome, requestId };
      logger.info('http.failed_acts_unrecorded', { ...told, count: MOST_FAILED_ACTS });
    }
    return count <= MOST_FAILED_ACTS;
  };
}

/** Adds to what is recorded of the act that a request is. */
export function noteAct(request: { act: Act | null }, details: ActDetails): void {
  if (request.act !== null) request.act = { ...request.act, ...details };
}

/** For a request that turns out to change nothing. */
export function noAct(request: { act: Act | null }): void {
  request.act = null;
}

/** False when it could not be written; then the log has it. */
async function write(entry: AuditEntry, { kept, logger }: Deps): Promise<boolean> {
  try {
    await kept.audit.append(entry);
    return true;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const { act, userId, outcome, requestId } = entry;
    const told = { act, userId, outcome, requestId };
    logger.error('http.act_unrecorded', { ...told, errorName: name, errorMessage: message });
    return false;
  }
}

function isOperators(request: FastifyRequest): boolean {
  return request.routeOptions.config.access?.startsWith('ops:') === true;
}

function entryOf(
  { act, principal, resource, settings, count }: Act,
  request: FastifyRequest,
  outcome: Pick<AuditEntry, 'outcome' | 'reason'>,
  { clock, random }: Deps,
): AuditEntry | null {
  // Nobody is known who could have tried to open a session and failed.
  const who = principal ?? request.principal;
  if (who === null) return null;
  return {
    entryId: random.uuid(),
    at: clock.now(),
    userId: who.userId,
    scopes: [...who.scopes],
    act,
    provider: providerOf(request.params),
    resource: resource ?? null,
    ...changedSettings(settings?.before ?? null, settings?.after ?? null),
    count: count ?? null,
    ...outcome,
    requestId: request.id,
  };
}

/** Ids of providers alone: a path may hold anything. */
function providerOf(params: unknown): string | null {
  if (typeof params !== 'object' || params === null || !('provider' in params)) return null;
  const { provider } = params;
  return typeof provider === 'string' && /^[a-z0-9_]{1,64}$/.test(provider) ? provider : null;
}

function outcomeOf(reply: FastifyReply, payload: unknown): Pick<AuditEntry, 'outcome' | 'reason'> {
  if (reply.statusCode < 400 || typeof payload !== 'string') return { outcome: 'OK', reason: null };
  const { code, reason = null } = JSON.parse(payload) as { code: string; reason?: string };
  return { outcome: code, reason };
}

/** A change of a connection for the audit: which, and its settings before and after. Null: there was none before. */
export function auditedChange({
  connection,
  before,
}: {
  readonly connection: Connection;
  readonly before: Connection | null;
}): ActDetails {
  return {
    resource: { kind: 'connection', id: connection.connectionId },
    settings: { before: before === null ? null : settingsOf(before), after: settingsOf(connection) },
  };
}

/** Field by field: what isn't named here is never recorded. */
function settingsOf({ status, instanceUrl, syncConfig }: Connection): AuditedSettings {
  const { syncContacts, syncProperties, syncDeals, syncDirection, deletions, stages } = syncConfig;
  const settings = { status, instanceUrl, syncContacts, syncProperties, syncDeals, syncDirection, deletions };
  return stages === undefined ? settings : { ...settings, stages: JSON.stringify(stages) };
}
