/** An advisory that is accepted for a while: it can't reach us, or there is no version without it yet. */
export interface AcceptedAdvisory {
  /** As the advisory's address ends: `GHSA-…`. */
  readonly id: string;
  readonly reason: string;
  /** A date, `2026-11-26`: from the day after it counts again. */
  readonly until: string;
}

/** `skip`: the registry told nothing, so nothing is known. */
export interface AuditVerdict {
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly lines: readonly string[];
}

interface Advisory {
  readonly url?: string;
  readonly title?: string;
  readonly severity?: string;
}

/** What of npm's report this reads; what is not so is taken for no report. */
interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, { readonly via?: readonly (string | Advisory)[] }>>;
}

const BARRING: ReadonlySet<string | undefined> = new Set(['high', 'critical']);

/** Judges the text of `npm audit --json --omit=dev`: high and critical advisories fail unless they are accepted today. */
export function judgeAudit(text: string, accepted: readonly AcceptedAdvisory[], today: string): AuditVerdict {
  const report = parsed(text);
  if (report?.auditReportVersion !== 2 || report.vulnerabilities === undefined) {
    return { outcome: 'skip', lines: ['The registry gives no advisories here, so nothing was looked at.'] };
  }
  const inForce = new Set(accepted.filter(({ until }) => until >= today).map(({ id }) => id));
  const found = new Map<string, Advisory & { name: string }>();
  for (const [name, { via = [] }] of Object.entries(report.vulnerabilities)) {
    // A text names another package of the report, which has the advisory itself.
    for (const advisory of via)
      if (typeof advisory !== 'string') found.set(idOf(advisory), { name, ...advisory });
  }
  const barring = [...found].filter(([id, { severity }]) => BARRING.has(severity) && !inForce.has(id));
  return {
    outcome: barring.length > 0 ? 'fail' : 'pass',
    lines: [
      `${found.size} advisories on packages that are used at run time, ${barring.length} of them bar the way`,
      ...[...found].map(([id, { name, severity, title }]) => {
        const note = inForce.has(id) ? ' (accepted)' : '';
        return `${severity ?? 'unknown'} ${name}: ${title ?? ''} ${id}${note}`;
      }),
    ],
  };
}

function idOf({ url = '', title = '' }: Advisory): string {
  return url.slice(url.lastIndexOf('/') + 1) || title;
}

function parsed(text: string): Report | null {
  try {
    return JSON.parse(text) as Report | null;
  } catch {
    // Not npm's report: whatever stands there tells nothing of advisories.
    return null;
  }
}
