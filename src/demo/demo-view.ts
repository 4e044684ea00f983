import type { Cli } from '../cli/cli.ts';
import { clip, pad, printable } from '../cli/display-width.ts';
import { shortSeconds } from '../cli/show-time.ts';
import { styleFor } from '../cli/style.ts';
import type { Comparison, KindCount } from './compare-with-crm.ts';
import type { TimelineAnswer } from './delivered-changes.ts';

/** What people see of the demo: 80 columns, blocks with air between them. */
export interface DemoView {
  starting(parts: readonly (readonly [name: string, text: string])[]): void;
  open(dashboard: string, crm: string): void;
  /** A new one-time link, for whoever asks. */
  link(dashboard: string): void;
  heading(text: string): void;
  change(entry: TimelineAnswer): void;
  summary(summary: DemoSummary): void;
  line(text: string): void;
}

export interface DemoSummary {
  readonly comparison: Comparison;
  readonly changesSent: number;
  readonly crmCalls: { readonly writes: number; readonly lookUps: number };
  readonly adopted: number;
  /** Where to look when something is not equal. */
  readonly logFile: string;
  readonly latency: { readonly count: number; readonly median: number; readonly p95: number } | null;
}

const LABEL = 13;
const MOST_DIFFERENCES = 10;
const PLURAL: Readonly<Record<KindCount['kind'], string>> = {
  contact: 'contacts',
  property: 'properties',
  deal: 'deals',
};

export function createDemoView({ stdout, env }: Pick<Cli, 'stdout' | 'env'>): DemoView {
  const style = styleFor(stdout, env);
  const line = (text = '') => stdout.write(text === '' ? '\n' : `  ${text}\n`);
  const heading = (text: string) => {
    line();
    line(style.bold(text));
    line();
  };
  const label = (name: string, text: string) => line(`${style.dim(pad(name, LABEL))}${text}`);
  const showDifferences = (differences: readonly string[], logFile: string) => {
    line();
    for (const difference of differences.slice(0, MOST_DIFFERENCES)) {
      line(style.bad(`not equal: ${printable(difference)}`));
    }
    const more = differences.length - MOST_DIFFERENCES;
    if (more > 0) line(`… and ${more} more`);
    line(`What the service says: ${logFile}`);
  };
  const links = (dashboard: string) => {
    line('Dashboard (the link works once, within 60 s):');
    line(style.link(dashboard));
  };

  return {
    line,
    heading,
    starting(parts) {
      heading('Zena CRM Sync: a made-up office keeps its CRM equal');
      for (const [name, text] of parts) label(name, text);
    },
    open(dashboard, crm) {
      line();
      links(dashboard);
      line('What the CRM holds:');
      line(style.link(crm));
    },
    link(dashboard) {
      line();
      links(dashboard);
      line();
    },
    change(entry) {
      const { text, tone } = outcomeText(entry);
      const { latencySeconds } = entry;
      const time = new Date(entry.at).toTimeString().slice(0, 8);
      const who = pad(clip(printable(entry.title), 27), 28);
      const what = pad(clip(printable(text), 29), 30);
      const took = pad(latencySeconds === null ? '' : shortSeconds(latencySeconds), 8, 'right');
      line(`${style.dim(time)}  ${who}${style[tone](what)}${style.dim(took)}`.trimEnd());
    },
    summary(summary) {
      const { comparison, changesSent, crmCalls, adopted, latency, logFile } = summary;
      const equal = comparison.differences.length === 0;
      heading(equal ? style.good('The CRM equals Zena') : style.bad('The CRM does not equal Zena'));
      line(
        style.dim(
          `${pad('', LABEL)}${['in Zena', 'in CRM', 'equal'].map((text) => pad(text, 9, 'right')).join('')}`,
        ),
      );
      for (const count of comparison.kinds) line(countText(count));
      line();
      label('changes', `${changesSent} sent`);
      label(
        'CRM calls',
        `${crmCalls.writes + crmCalls.lookUps}: ${crmCalls.writes} writes, ${crmCalls.lookUps} look-ups`,
      );
      label('adopted', `${adopted} found in the CRM instead of made twice`);
      label('duplicates', String(comparison.duplicates));
      label('latency', latency === null ? 'not measured' : latencyText(latency));
      if (!equal) showDifferences(comparison.differences, logFile);
    },
  };
}

function countText({ kind, inZena, inCrm, equal, refused }: KindCount): string {
  const numbers = [inZena, inCrm, equal].map((count) => pad(String(count), 9, 'right')).join('');
  return `${pad(PLURAL[kind], LABEL)}${numbers}${refused === 0 ? '' : `   ${refused} refused by the CRM`}`;
}

function latencyText({ count, median, p95 }: NonNullable<DemoSummary['latency']>): string {
  return `median ${shortSeconds(median)}, p95 ${shortSeconds(p95)} (${count} live deliveries)`;
}

interface OutcomeText {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'caution' | 'dim';
}

function outcomeText({ code, changed, errors, detail }: TimelineAnswer): OutcomeText {
  switch (code) {
    case 'created':
      return { text: 'created', tone: 'good' };
    case 'updated':
      return { text: changed.length === 0 ? 'updated' : `updated ${changed.join(', ')}`, tone: 'good' };
    case 'adopted':
      return { text: 'found in the CRM, adopted', tone: 'caution' };
    case 'deleted':
      return { text: 'deleted', tone: 'good' };
    case 'superseded':
      return { text: 'shares a CRM record', tone: 'caution' };
    case 'rejected':
      return { text: `refused by the CRM: ${errors[0]?.field ?? detail}`, tone: 'bad' };
    default:
      return { text: code.replaceAll('_', ' '), tone: 'dim' };
  }
}

/** Shows changes as they come; of a flood only the first ordinary ones, and everything that is out of the ordinary. */
export interface ChangeList {
  show(entry: TimelineAnswer): void;
  /** Says how many were left out, and shows each from now on. */
  endFlood(): void;
}

const MOST_ORDINARY = 10;
const ORDINARY = new Set(['created', 'updated']);
/** Steps on the way, which say nothing about the CRM. */
const SILENT = new Set(['unchanged', 'waiting_for_reference', 'waiting_for_twin', 'rate_limited']);

export function createChangeList(view: Pick<DemoView, 'change' | 'line'>): ChangeList {
  let flooded = true;
  let ordinary = 0;
  const hidden = new Map<string, number>();
  return {
    show(entry) {
      const { code } = entry;
      if (SILENT.has(code)) return;
      if (flooded && ORDINARY.has(code) && ++ordinary > MOST_ORDINARY) {
        hidden.set(code, (hidden.get(code) ?? 0) + 1);
      } else view.change(entry);
    },
    endFlood() {
      flooded = false;
      const counts = [...hidden].map(([code, count]) => `${count} more ${code}`);
      if (counts.length > 0) view.line(`          … and ${counts.join(', ')}`);
    },
  };
}
