import type { CreateJob, CrmHttp, JobLook } from '../../connectors/connector.port.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Looks at jobs, one for all who wait for the same one. */
export interface JobLooks {
  look(verb: CreateJob, http: CrmHttp, job: JsonObject): Promise<CallOutcome<JobLook>>;
}

/** Results that are held for those who have not taken theirs yet: of so many jobs. */
const MOST_HELD = 2;

interface Looked {
  readonly ended: Promise<CallOutcome<JobLook>>;
  /** Epoch ms, until when it needs no other look; null while it is under way. */
  until: number | null;
}

export function createJobLooks(clock: Pick<Clock, 'now'>): JobLooks {
  const looked = new Map<string, Looked>();

  const lookNow = (name: string, look: () => Promise<CallOutcome<JobLook>>): Looked => {
    const mine: Looked = { ended: look(), until: null };
    const forget = (): void => {
      if (looked.get(name) === mine) looked.delete(name);
    };
    looked.set(name, mine);
    mine.ended.then((outcome) => {
      if (outcome.kind !== 'applied') return forget();
      const { value } = outcome;
      mine.until = value.state === 'running' ? clock.now() + value.lookInMs : Number.POSITIVE_INFINITY;
    }, forget);
    const [oldest] = looked.keys();
    if (looked.size > MOST_HELD && oldest !== undefined) looked.delete(oldest);
    return mine;
  };

  return {
    async look(verb, http, job) {
      const name = canonicalJson(job);
      const known = looked.get(name);
      const holds = known !== undefined && (known.until === null || known.until > clock.now());
      const { ended, until } = holds ? known : lookNow(name, () => verb.look(http, job));
      const outcome = await ended;
      if (outcome.kind !== 'applied' || outcome.value.state !== 'running' || until === null) return outcome;
      return { kind: 'applied', value: { state: 'running', lookInMs: Math.max(0, until - clock.now()) } };
    },
  };
}
