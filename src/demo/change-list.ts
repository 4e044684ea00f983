import type { TimelineAnswer } from './delivered-changes.ts';
import type { DemoView } from './demo-view.ts';

/** Shows changes as they come; of a flood only the first ordinary ones, and everything that is out of the ordinary. */
export interface ChangeList {
  show(entry: TimelineAnswer): void;
  /** Says how many were left out, and shows each from now on. */
  endFlood(): void;
}

/** Of each. */
const MOST_ORDINARY = 5;
const ORDINARY = new Set(['created', 'updated', 'left_out', 'unsupported']);
/** What a CRM hasn't is told once: the summary has it field by field. */
const SAID_BEFORE = new Set(['left_out', 'unsupported']);
/** Steps on the way, which say nothing about the CRM. */
const SILENT = new Set([
  'unchanged',
  'waiting_for_reference',
  'waiting_for_twin',
  'rate_limited',
  'retrying',
]);

export function createChangeList(view: Pick<DemoView, 'change' | 'line'>): ChangeList {
  let flooded = true;
  const ordinary = new Map<string, number>();
  const hidden = new Map<string, number>();
  return {
    show(entry) {
      const { code } = entry;
      if (SILENT.has(code) || (!flooded && SAID_BEFORE.has(code))) return;
      const shown = ordinary.get(code) ?? 0;
      ordinary.set(code, shown + 1);
      if (flooded && ORDINARY.has(code) && shown >= MOST_ORDINARY) {
        hidden.set(code, (hidden.get(code) ?? 0) + 1);
      } else view.change(entry);
    },
    endFlood() {
      flooded = false;
      const counts = [...hidden].map(([code, count]) => `${count} more ${code.replaceAll('_', ' ')}`);
      if (counts.length > 0) view.line(`          … and ${counts.join(', ')}`);
    },
  };
}
