import { alternate, quotients, type Rounds } from '../harness/alternate.ts';
import type { BenchStage, Findings } from '../harness/bench.ts';
import { startPart, type Measured, type Part } from '../harness/part.ts';
import type { BareCallsOptions } from '../parts/bare-calls.ts';
import type { CorePartOptions, PublishInput, WriteInput } from '../parts/core.ts';
import type { CrmContact, CrmOptions, CrmState } from '../parts/crm.ts';
import { contactFaults } from './crm-stage.ts';
import {
  contactsOf,
  heldTenant,
  tenantKey,
  tenantKeys,
  tenantUser,
  type TenantLoad,
} from '../support/tenant-load.ts';

/** Far more than all of them get of two cores: no budget is what a call waits for. */
const LIMITS = { requestsPerSecond: 50, maxConcurrent: 16 };
const CONNECTS_AT_A_TIME = 16;

const BOUND =
  'ours does what the bare parts do, and keeps the changes, the links and the timeline on the disk; no single cause is left, as the shares of both sides show';

interface Round {
  readonly calls: number;
  readonly cpuMs: number;
  readonly ms: number;
  /** Processor time of taking in as many changes without delivering them. */
  readonly takingInMs: number;
}

/** Somebody who writes every contact of every tenant, and the CRM that it writes to. */
interface Side {
  readonly crm: Part;
  readonly writer: Part;
  write(version: number): Promise<Measured<unknown>>;
  takeIn(version: number): Promise<{ readonly cpuMs: number }>;
}

type Sides = Readonly<Record<'ours' | 'bare' | 'light', Side>>;

/** What a CRM call costs where every connection is busy, beside the same calls by the bare parts. */
export async function measureBusyTenants({ quick, rounds, progress }: BenchStage): Promise<Findings> {
  const load: TenantLoad = { tenants: quick ? 100 : 1_000, contactsEach: 3 };
  const opened: Part[] = [];
  const wrong: string[] = [];
  try {
    const sides: Sides = {
      ours: await openOurs(load, opened),
      bare: await openBare(load, 'main', opened),
      light: await openBare(load, 'light', opened),
    };
    for (const side of Object.values(sides)) await side.write(1);
    progress(`busy: ${load.tenants} tenants are linked`);
    const round = (side: Side) => (at: number) => writeAll(side, load, at + 3, wrong);
    const measured = await alternate(
      rounds,
      { ours: round(sides.ours), bare: round(sides.bare), light: round(sides.light) },
      { onRound: (at) => progress(`busy, round ${at + 1} of ${rounds}`) },
    );
    const { value: errors } = await sides.ours.writer.ask<string[]>('errors');
    return {
      ...figuresOf(measured),
      notes: notesOf(load),
      wrong: [...wrong, ...errors.slice(0, 3)],
    };
  } finally {
    for (const part of opened.reverse()) await part.close();
  }
}

async function openCrm(
  load: TenantLoad,
  opened: Part[],
): Promise<{ readonly crm: Part; readonly url: string }> {
  const crm = await startPart('crm', {
    apiKeys: tenantKeys(load),
    latencyMs: 0,
    rateLimit: null,
  } satisfies CrmOptions);
  opened.push(crm);
  return { crm, url: (await crm.ask<string>('url')).value };
}

async function openOurs(load: TenantLoad, opened: Part[]): Promise<Side> {
  const { crm, url } = await openCrm(load, opened);
  const writer = await startPart('core', { ...LIMITS, crmHost: new URL(url).host } satisfies CorePartOptions);
  opened.push(writer);
  const left = tenantKeys(load).map((_, tenant) => tenant);
  const connectSome = async (): Promise<void> => {
    for (let tenant = left.pop(); tenant !== undefined; tenant = left.pop()) {
      await writer.ask('connect', {
        userId: tenantUser(tenant),
        apiKey: tenantKey(tenant),
        instanceUrl: url,
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTS_AT_A_TIME }, connectSome));
  await writer.ask('pause', tenantUser(heldTenant(load)));
  return {
    crm,
    writer,
    write: (version) => writer.ask('write', { load, version } satisfies WriteInput),
    takeIn: (version) => takeIn(writer, load, version),
  };
}

async function openBare(
  load: TenantLoad,
  bottleneck: BareCallsOptions['bottleneck'],
  opened: Part[],
): Promise<Side> {
  const { crm, url } = await openCrm(load, opened);
  const writer = await startPart('bare-calls', {
    url,
    load,
    ...LIMITS,
    bottleneck,
  } satisfies BareCallsOptions);
  opened.push(writer);
  return {
    crm,
    writer,
    write: (version) => writer.ask('write', version),
    takeIn: () => Promise.resolve({ cpuMs: 0 }),
  };
}

async function writeAll(side: Side, load: TenantLoad, version: number, wrong: string[]): Promise<Round> {
  const calls = async (): Promise<number> => (await side.crm.ask<CrmState>('state')).value.calls;
  const before = await calls();
  const { cpuMs, ms } = await side.write(version);
  const made = (await calls()) - before;
  const { value: held } = await side.crm.ask<CrmContact[]>('contacts');
  wrong.push(...contactFaults(held, contactsOf(load), () => version));
  return { calls: made, cpuMs, ms, takingInMs: (await side.takeIn(version)).cpuMs };
}

/** Changes of the tenant that is held; nothing of them is left for the next round. */
async function takeIn(writer: Part, load: TenantLoad, version: number): Promise<Measured<unknown>> {
  const [userId, contacts] = [tenantUser(heldTenant(load)), contactsOf(load)];
  const changes = { userId, from: contacts, to: 2 * contacts, versions: [version, version] } as const;
  const taken = await writer.ask('publish', changes satisfies PublishInput);
  await writer.ask('defer', userId);
  return taken;
}

function figuresOf({ ours, bare, light }: Rounds<keyof Sides, Round>): Pick<Findings, 'rows' | 'goals'> {
  const cpu = (all: readonly Round[]) => all.map(({ calls, cpuMs }) => (cpuMs / calls) * 1_000);
  const rate = (all: readonly Round[]) => all.map(({ calls, ms }) => (calls / ms) * 1_000);
  return {
    rows: [
      { figure: 'busy: CPU a CRM call', values: cpu(ours), unit: ' µs' },
      {
        figure: 'busy: of it, taking the change in',
        values: ours.map(({ calls, takingInMs }) => (takingInMs / calls) * 1_000),
        unit: ' µs',
      },
      { figure: 'busy: CPU a CRM call, bare parts', values: cpu(bare), unit: ' µs' },
      {
        figure: 'busy: CPU a CRM call, bare parts, bottleneck’s light build',
        values: cpu(light),
        unit: ' µs',
      },
      { figure: 'busy: CRM calls a second', values: rate(ours), unit: '' },
      { figure: 'busy: CRM calls a second, bare parts', values: rate(bare), unit: '' },
    ],
    goals: [
      {
        goal: 'busy: CPU a CRM call over the bare parts',
        atMost: 2,
        values: quotients(cpu(ours), cpu(bare)),
        bound: BOUND,
      },
    ],
  };
}

function notesOf(load: TenantLoad): string[] {
  return [
    `Busy: ${load.tenants} connections, each with a budget of its own (${LIMITS.requestsPerSecond} requests a second), ${load.contactsEach} linked contacts each, every one changed once a round: one PUT each. Ours is all that it takes from the publishing to the settled link: embedded log, ingest, store, plan, call and timeline.`,
    'The bare parts send the same bodies to a CRM of the same kind: a bottleneck for each tenant, with the same limits, whose jobs are calls of axios over undici. Nothing is stored, checked or looked up there. The goal takes bottleneck as its package gives it; ours uses its build without clustering, so that side is shown, too. Each side has a CRM, a process of its own, that answers at once.',
  ];
}
