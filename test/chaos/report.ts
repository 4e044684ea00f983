import { brokenPromises, type ChaosResult } from './chaos-result.ts';

/** The table of a run, as Markdown. `command`: what makes it again. */
export function reportOf(result: ChaosResult, command: string): string {
  const broken = brokenPromises(result);
  const lines = [
    `\`${command}\``,
    '',
    ...table(['figure', 'value'], figures(result)),
    '',
    'Time to recover, from the end of a fault until a change made after it stands in every CRM (probes are a second apart):',
    '',
    ...table(['fault', 'times', 'p50', 'p95', 'max'], recoveryRows(result)),
    '',
    broken.length === 0 ? 'Every promise held.' : `Broken promises:\n\n- ${broken.join('\n- ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function figures(result: ChaosResult): string[][] {
  const { load, log, writes, letters, workerSurprises } = result;
  const faults = Object.entries(result.faults).sort(([left], [right]) => left.localeCompare(right));
  const injected = faults.reduce((sum, [, count]) => sum + count, 0);
  const ambiguous = Object.values(result.ambiguous).reduce((sum, count) => sum + count, 0);
  return [
    ['seed', String(result.seed)],
    ['workers, CRMs, connections', `${result.workers}, ${result.crms}, ${result.connections}`],
    ['time under faults', seconds(result.ranForMs)],
    ['faults injected', `${injected}: ${faults.map(([kind, count]) => `${kind} ${count}`).join(', ')}`],
    [
      'events accepted by the broker',
      `${log.events} and ${log.tombstones} tombstones, of ${log.records} records`,
    ],
    [
      'of these sent on purpose',
      `${load.duplicate} duplicates, ${load.stale} stale, ${load.shuffled} out of order, ${load.deleted} deletes`,
    ],
    ['records deleted in a CRM by its people', String(load.deletedInCrm)],
    ['events lost', String(result.lost.length)],
    [
      'left for a person: a create without an answer of a record that nothing can be found by',
      String(result.undecided.length),
    ],
    ['stale overwrites', String(result.staleOverwrites.length)],
    ['CRM creates, updates, deletes', `${writes.creates}, ${writes.writes}, ${writes.removes}`],
    ['duplicates created', String(result.duplicates.length)],
    ['ambiguous creates', `${ambiguous}${spelled(result.ambiguous)}`],
    [
      'poison in the topics, dead letters of it',
      `${log.poisons}, ${letters.decode} (and ${letters.copies} copies)`,
    ],
    ['dead letters of deliveries', `${sum(letters.deliver)}${spelled(letters.deliver)}`],
    [
      'converged after the last fault',
      result.convergedAfterMs === null ? 'never' : seconds(result.convergedAfterMs),
    ],
    ['peak memory of a worker (RSS)', `${Math.round(result.peakRssBytes / 1_048_576)} MiB`],
    ['memory of the largest worker at the end', `${Math.round(result.lastRssBytes / 1_048_576)} MiB`],
    ['links mended by the background comparison', String(result.repairedLinks)],
    ['stray CRM records', String(result.strayRemotes)],
    [
      'workers that ended unasked, starts tried again',
      `${workerSurprises.ended}, ${workerSurprises.failedStarts}`,
    ],
    ["requests over a CRM's limit", String(result.overLimit)],
    ["Zena's ids seen in a CRM", String(result.leakedIds.length)],
    ['secrets in logs', String(result.secretHits)],
  ];
}

function recoveryRows({ recoveries }: ChaosResult): string[][] {
  const byKind = new Map<string, number[]>([['all', []]]);
  for (const { kinds, ms } of recoveries) {
    // What did not recover is in the list of broken promises; here it would be a number that it is not.
    if (ms === null) continue;
    const name = kinds.length === 1 ? String(kinds[0]) : 'several at once';
    byKind.set(name, [...(byKind.get(name) ?? []), ms]);
    byKind.get('all')?.push(ms);
  }
  return [...byKind]
    .filter(([, times]) => times.length > 0)
    .map(([name, times]) => [
      name,
      String(times.length),
      ...[0.5, 0.95, 1].map((share) => seconds(percentile(times, share))),
    ]);
}

/** The smallest value that at least that share of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function spelled(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
