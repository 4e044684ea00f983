import type { Cli } from '../terminal/cli.ts';
import { clip, pad, printable } from '../terminal/display-width.ts';
import { shortSeconds } from '../terminal/show-time.ts';
import { styleFor } from '../terminal/style.ts';
import type { KindCount } from './compare-with-crm.ts';
import type { Latency, TimelineAnswer } from './delivered-changes.ts';
import type { CallCounts, CrmComparison } from './demo-work.ts';
import { fieldLines } from './field-lines.ts';

/** What people see of the demo: 80 columns, blocks with air between them. */
export interface DemoView {
  starting(parts: readonly (readonly [name: string, text: string])[]): void;
  open(dashboard: string, crms: readonly { readonly name: string; readonly shownAt: string }[]): void;
  /** A new one-time link, for whoever asks. */
  link(dashboard: string): void;
  heading(text: string): void;
  change(entry: TimelineAnswer): void;
  summary(summary: DemoSummary): void;
  line(text: string): void;
}

/** What became of one CRM. */
export interface CrmSummary extends CrmComparison {
  readonly calls: CallCounts;
  readonly adopted: number;
  readonly latency: Latency | null;
}

export interface DemoSummary {
  readonly crms: readonly CrmSummary[];
  readonly changesSent: number;
  /** Where to look when something is not equal. */
  readonly logFile: string;
}

type Style = ReturnType<typeof styleFor>;

const LABEL = 13;
const MOST_DIFFERENCES = 10;
const PLURAL: Readonly<Record<KindCount['kind'], string>> = {
  contact: 'contacts',
  property: 'properties',
  deal: 'deals',
};

/** @param names of the CRMs, by provider: where there are several, each change says which one it reached */
export function createDemoView(
  { stdout, env }: Pick<Cli, 'stdout' | 'env'>,
  names: ReadonlyMap<string, string>,
): DemoView {
  const style = styleFor(stdout, env);
  const line = (text = '') => stdout.write(text === '' ? '\n' : `  ${text}\n`);
  const heading = (text: string) => {
    line();
    line(style.bold(text));
    line();
  };
  const label = (name: string, text: string) => line(`${style.dim(pad(name, LABEL))}${text}`);
  const showDifferences = (crms: readonly CrmComparison[], logFile: string) => {
    const all = crms.flatMap(({ name, comparison }) =>
      comparison.differences.map((each) => (crms.length > 1 ? `${name}: ${each}` : each)),
    );
    line();
    for (const difference of all.slice(0, MOST_DIFFERENCES))
      line(style.bad(`not equal: ${printable(difference)}`));
    const more = all.length - MOST_DIFFERENCES;
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
      const crms = names.size > 1 ? 'its CRMs' : 'its CRM';
      heading(`Zena CRM Sync: a made-up office keeps ${crms} equal`);
      for (const [name, text] of parts) label(name, text);
    },
    open(dashboard, crms) {
      line();
      links(dashboard);
      for (const { name, shownAt } of crms) {
        line(crms.length > 1 ? `What ${name} holds:` : 'What the CRM holds:');
        line(style.link(shownAt));
      }
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
      const crm = names.size > 1 ? pad(clip(names.get(entry.provider) ?? entry.provider, 10), 11) : '';
      const [whoWidth, whatWidth] = names.size > 1 ? [20, 27] : [28, 30];
      const who = pad(clip(printable(entry.title), whoWidth - 1), whoWidth);
      const what = pad(clip(printable(text), whatWidth - 1), whatWidth);
      const took = pad(latencySeconds === null ? '' : shortSeconds(latencySeconds), 8, 'right');
      line(`${style.dim(time)}  ${style.dim(crm)}${who}${style[tone](what)}${style.dim(took)}`.trimEnd());
    },
    summary({ crms, changesSent, logFile }) {
      const equal = crms.every(({ comparison }) => comparison.differences.length === 0);
      const what = crms.length > 1 ? 'Every CRM equals' : 'The CRM equals';
      const not = crms.length > 1 ? 'Not every CRM equals' : 'The CRM does not equal';
      heading(equal ? style.good(`${what} Zena`) : style.bad(`${not} Zena`));
      for (const crm of crms) for (const text of crmLines(crm, crms.length > 1, style)) line(text);
      label('changes', `${changesSent} sent`);
      line();
      for (const text of fieldLines(crms)) line(text);
      if (!equal) showDifferences(crms, logFile);
    },
  };
}

/** One CRM's part of the summary. */
function crmLines(
  { name, comparison, calls: { writes, lookUps }, adopted, latency }: CrmSummary,
  isNamed: boolean,
  style: Style,
): readonly string[] {
  const titles = ['in Zena', 'in CRM', 'equal'].map((text) => pad(text, 9, 'right')).join('');
  const labelled = (label: string, text: string) => `${style.dim(pad(label, LABEL))}${text}`;
  return [
    ...(isNamed ? [style.bold(name)] : []),
    style.dim(`${pad('', LABEL)}${titles}`),
    ...comparison.kinds.map(countText),
    '',
    labelled('CRM calls', `${writes + lookUps}: ${writes} writes, ${lookUps} look-ups`),
    labelled('adopted', `${adopted} found in the CRM instead of made twice`),
    labelled('duplicates', String(comparison.duplicates)),
    labelled('latency', latency === null ? 'not measured' : latencyText(latency)),
    '',
  ];
}

function countText({ kind, inZena, carried, inCrm, equal, refused, off }: KindCount): string {
  const numbers = (carried ? [inZena, inCrm, equal] : [inZena, '–', '–'])
    .map((count) => pad(String(count), 9, 'right'))
    .join('');
  // Why, and how it is switched on, stands below the fields, where there is room.
  const uncarried = off === undefined ? '   not in this CRM' : '   off by default';
  const remark = carried ? (refused === 0 ? '' : `   ${refused} refused by the CRM`) : uncarried;
  return `${pad(PLURAL[kind], LABEL)}${numbers}${remark}`;
}

function latencyText({ count, median, p95 }: Latency): string {
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
    case 'unsupported':
      return { text: 'unsupported: no such kind', tone: 'dim' };
    case 'left_out':
      return { text: `left out: ${changed.join(', ')}`, tone: 'dim' };
    case 'changed_in_crm':
      return { text: `changed in the CRM: ${changed.join(', ')}`, tone: 'caution' };
    default:
      return { text: code.replaceAll('_', ' '), tone: 'dim' };
  }
}
