import type { Cli } from '../terminal/cli.ts';
import { areEqual, type CrmComparison, type DemoWork } from './demo-work.ts';
import type { DemoView } from './demo-view.ts';
import type { DemoChange } from './office-book.ts';
import type { DemoStage } from './start-demo.ts';

interface OutageParts {
  readonly cli: Pick<Cli, 'clock' | 'stop'>;
  readonly stage: Pick<DemoStage, 'crms'>;
  readonly work: DemoWork;
  readonly view: Pick<DemoView, 'heading' | 'line'>;
  readonly nextChange: () => DemoChange;
}

const CHANGES = 8;
const NOTICED_MS = 30_000;
const OTHERS_MS = 60_000;

/** One of several CRMs fails for a while: the others go on, nothing is lost, and it heals by itself. Answers how the others compare. */
export async function showOutage({
  cli,
  stage,
  work,
  view,
  nextChange,
}: OutageParts): Promise<readonly CrmComparison[]> {
  const sick = stage.crms.at(-1);
  const others = stage.crms.slice(0, -1);
  if (sick === undefined || others.length === 0) return [];
  const { name, provider } = sick.crm;
  view.heading(`${name} fails: from now on it answers everything with 503`);
  await sick.crm.fail(true);
  try {
    for (let sent = 0; sent < CHANGES; sent += 1) {
      await work.send([nextChange()]);
      cli.stop.throwIfAborted();
    }
    const noticed = await work.becomes(provider, ({ health }) => health.state === 'unreachable', NOTICED_MS);
    const compared = await work.converged(OTHERS_MS, others);
    cli.stop.throwIfAborted();
    view.line(noticed ? `${name} is not reachable: what is for it waits.` : `${name} had nothing to do.`);
    const names = others.map(({ crm }) => crm.name).join(', ');
    view.line(areEqual(compared) ? `Meanwhile equal: ${names}.` : `Not equal meanwhile: ${names}.`);
    return compared;
  } finally {
    await sick.crm.fail(false);
    view.line(`${name} answers again; the next probe finds out.`);
  }
}
