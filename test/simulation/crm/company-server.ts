import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { SimTime } from '../time/sim-time.ts';
import type { ServerAnswer, ServerRequest } from './crm-server.ts';
import { JOBS, MANY } from './sim-company.ts';

/** Serves one request as it takes effect. */
export type ServeOne = (request: ServerRequest) => ServerAnswer;

/** Many requests in one, and jobs, of one CRM account. */
export interface CompanyServer {
  /** Null: it is an ordinary request. */
  handle(request: ServerRequest, serve: ServeOne): ServerAnswer | null;
}

interface Job {
  state: 'open' | 'running' | 'done' | 'aborted';
  rows: readonly JsonObject[];
  ends: Json[];
}

export function createCompanyServer(time: Pick<SimTime, 'after'>, jobMs: number): CompanyServer {
  const jobs = new Map<string, Job>();

  function handOver(job: Job, request: ServerRequest, serve: ServeOne): void {
    job.state = 'running';
    time.after(jobMs, () => {
      // In another order than they came in.
      for (const { row, request: asked } of job.rows.toReversed()) {
        job.ends.push({ row: row ?? null, end: endOf(serve(within(request, asked as JsonObject))) });
      }
      job.state = 'done';
    });
  }

  function ofJob(request: ServerRequest, serve: ServeOne): ServerAnswer {
    const { method, path, body } = request;
    const [, id, act] = path;
    if (id === undefined) {
      const name = `job-${jobs.size + 1}`;
      jobs.set(name, { state: 'open', rows: [], ends: [] });
      return { status: 201, body: { job: name } };
    }
    const job = jobs.get(id);
    if (job === undefined) return { status: 404, body: { error: 'not found' } };
    if (job.state === 'open') {
      const rows = body?.['rows'];
      if (method === 'PUT' && Array.isArray(rows)) job.rows = rows as readonly JsonObject[];
      else if (act === 'abort') job.state = 'aborted';
      else if (act === 'close') handOver(job, request, serve);
    }
    const rows = job.state === 'done' ? job.ends : [];
    const isRefused = act === 'close' && job.state === 'aborted';
    return { status: isRefused ? 422 : 200, body: { state: job.state, rows } };
  }

  return {
    handle(request, serve) {
      const [first] = request.path;
      if (first === JOBS) return ofJob(request, serve);
      if (first !== MANY) return null;
      const ends = requestsIn(request).map((one) => endOf(serve(one)));
      return { status: 200, body: { ends } };
    },
  };
}

/** The requests within one; none: it is an ordinary one, or a job's. */
export function requestsIn(request: ServerRequest): ServerRequest[] {
  if (request.path[0] !== MANY) return [];
  const all = request.body?.['requests'];
  return Array.isArray(all) ? all.map((one: Json) => within(request, one as JsonObject)) : [];
}

/** What a job is filled with. */
export function rowsIn(request: ServerRequest): ServerRequest[] {
  if (request.path[0] !== JOBS || request.method !== 'PUT') return [];
  const all = request.body?.['rows'];
  return Array.isArray(all)
    ? all.map((one: Json) => within(request, (one as JsonObject)['request'] as JsonObject))
    : [];
}

function within(whole: ServerRequest, { method, path, query, body }: JsonObject): ServerRequest {
  const pairs = Object.entries((query ?? {}) as Record<string, string>);
  return {
    ...whole,
    method: String(method),
    path: ((path ?? []) as readonly Json[]).map(String),
    query: new URLSearchParams(pairs).toString(),
    body: (body ?? null) as JsonObject | null,
  };
}

function endOf({ status, body }: ServerAnswer): JsonObject {
  return { status, body: body ?? null };
}
