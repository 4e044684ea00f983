import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import type { Clock } from '../../../../../src/runtime/clock.ts';

/** What the made-up CRM does to one record, which it can do to many. */
export interface ManyVerbs {
  create(collection: string, body: JsonObject): Promise<JsonObject>;
  update(collection: string, id: string, body: JsonObject): Promise<JsonObject>;
  find(collection: string, key: string): readonly JsonObject[];
}

interface Job {
  readonly collection: string;
  lines: readonly JsonObject[];
  /** Epoch ms; null: it wasn't handed in. */
  runsAt: number | null;
  state: 'open' | 'closed' | 'aborted' | 'done';
  results: readonly JsonObject[];
}

interface ManyCall {
  readonly method: string;
  readonly body: JsonObject;
}

/** How long a job waits before it is worked off, ms: longer than anybody waits for what may still be on the wire. */
const JOB_TAKES_MS = 120_000;

/** Routes of the made-up CRM for many records in one call, and jobs, whose results come in another order than their lines. */
export function createMany(clock: Pick<Clock, 'now' | 'sleep'>, verbs: ManyVerbs) {
  const jobs = new Map<string, Job>();

  async function run(job: Job): Promise<void> {
    await clock.sleep(JOB_TAKES_MS);
    if (job.state !== 'closed') return;
    const results: JsonObject[] = [];
    for (const { row, fields } of job.lines)
      results.unshift({ row: row ?? null, ...(await verbs.create(job.collection, fields as JsonObject)) });
    job.state = 'done';
    job.results = results;
  }

  function answerJob(id: string, part: string, { method, body }: ManyCall): Response {
    if (id === '') {
      const name = `job-${jobs.size + 1}`;
      const collection = String(body['collection']);
      jobs.set(name, { collection, lines: [], runsAt: null, state: 'open', results: [] });
      return json(201, { id: name });
    }
    const job = jobs.get(id);
    if (job === undefined) return json(404, { message: 'There is no such job.' });
    if (part === 'results') {
      const text = job.results.map((one) => JSON.stringify(one)).join('\n');
      return new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
    }
    if (part === 'lines' && job.state === 'open') {
      const lines = String(body['text']).split('\n');
      job.lines = lines.map((line) => JSON.parse(line) as JsonObject);
    } else if (method === 'PATCH' && job.state === 'open') {
      job.state = body['state'] === 'closed' ? 'closed' : 'aborted';
      if (job.state === 'closed') void run(job);
    }
    return json(200, { id, state: job.state });
  }

  return {
    async answer([first, second, third]: readonly [string, string, string], call: ManyCall) {
      if (first === 'jobs') return answerJob(second, third, call);
      const items = Array.isArray(call.body['items']) ? (call.body['items'] as JsonObject[]) : [];
      const ends: Json[] = [];
      for (const item of items) {
        if (third === 'found') ends.push([...verbs.find(second, String(item['key']))]);
        else if (third === 'made') ends.push(await verbs.create(second, item['fields'] as JsonObject));
        else ends.push(await verbs.update(second, String(item['id']), item['fields'] as JsonObject));
      }
      return json(200, ends);
    },
  };
}

function json(status: number, body: Json): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
