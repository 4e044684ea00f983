import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { Integration } from '../../api/types.ts';
import { connected, crmName, providerOf } from '../../state/connections.ts';
import { now } from '../../state/now.ts';
import { recordsHref } from '../../state/route.ts';
import { runs } from '../../state/runs.ts';
import { unavailableReasonOf } from '../../words/provider-interfaces.ts';
import { connectionState, lagInWords } from '../../words/connection-state.ts';
import { number } from '../../words/duration.ts';
import { hasEnded } from '../../words/run-words.ts';
import { agoInWords, fullTime } from '../../words/time.ts';
import { DayBudget } from './day-budget.tsx';
import { ConnectionActions, type ActionOutcome } from './connection-actions.tsx';
import { Notice } from '../notice.tsx';
import { StatusChip } from '../status-chip.tsx';
import { SyncProgress } from './sync-progress.tsx';
import { SyncSettings } from './sync-settings.tsx';

/** One connected CRM: how it stands, what can be done, and a full sync while one runs. */
export function ConnectionCard({ integration }: { readonly integration: Integration }) {
  const { provider, accountName, instanceUrl, counts } = integration;
  const titleId = useId();
  const outcome = useSignal<ActionOutcome | null>(null);
  const crm = crmName(provider);
  const watched = runs.value[provider];
  const isSyncing = watched !== undefined && !hasEnded(watched.run);
  const state = connectionState(integration, crm, isSyncing, unavailableReasonOf(providerOf(provider)));
  // Where there are several, a link says whose records are meant.
  const of = connected.value.length > 1 ? provider : null;
  return (
    <article class="card connection" aria-labelledby={titleId}>
      <header class="connection-head">
        <span class="monogram" aria-hidden="true">
          {crm.slice(0, 1)}
        </span>
        <div class="connection-name">
          <h3 id={titleId}>{crm}</h3>
          <p class="address">{accountName ?? instanceUrl.replace(/^https:\/\//, '')}</p>
        </div>
        <StatusChip tone={state.tone} label={state.label} />
      </header>
      {state.explanation !== null && (
        <Notice tone={state.tone}>
          <p>
            {state.explanation}
            {state.label === 'Problems' && (
              <>
                {' '}
                <a href={recordsHref({ state: 'dead' }, of)}>See what to correct in Zena</a>
              </>
            )}
          </p>
        </Notice>
      )}
      <Counts counts={counts} of={of} />
      <Facts integration={integration} />
      <DayBudget integration={integration} crm={crm} />
      {watched === undefined && integration.lastSyncAt === null && state.tone === 'good' && (
        <Notice tone="busy">
          Connected. New changes are sent as they happen. To bring over everything you already have in Zena,
          choose “Sync now”.
        </Notice>
      )}
      <div role="status">
        {watched !== undefined && hasEnded(watched.run) && <SyncProgress watched={watched} crm={crm} />}
      </div>
      {isSyncing && <SyncProgress watched={watched} crm={crm} />}
      <ConnectionActions integration={integration} crm={crm} isSyncing={isSyncing} outcome={outcome} />
      <SyncSettings integration={integration} crm={crm} />
    </article>
  );
}

interface CountsProps extends Pick<Integration, 'counts'> {
  readonly of: string | null;
}

function Counts({ counts, of }: CountsProps) {
  return (
    <dl class="counts">
      <CountOf label="In sync" many={counts.linked} href={recordsHref({ state: 'linked' }, of)} />
      <CountOf label="To be sent" many={counts.due} href={recordsHref({ state: 'due' }, of)} />
      <CountOf label="Waiting" many={counts.waiting} href={recordsHref({ state: 'waiting' }, of)} />
      <CountOf
        label="Need a look"
        many={counts.failed}
        href={recordsHref({ state: 'dead' }, of)}
        isBad={counts.failed > 0}
      />
    </dl>
  );
}

interface CountOfProps {
  readonly label: string;
  readonly many: number;
  readonly href: string;
  readonly isBad?: boolean;
}

function CountOf({ label, many, href, isBad = false }: CountOfProps) {
  return (
    <div class="count" data-bad={isBad}>
      <dt>{label}</dt>
      <dd>{many === 0 ? '0' : <a href={href}>{number(many)}</a>}</dd>
    </div>
  );
}

function Facts({ integration }: { readonly integration: Integration }) {
  const { lastSyncAt } = integration;
  const lag = lagInWords(integration);
  return (
    <p class="facts">
      {lastSyncAt === null ? (
        integration.counts.linked === 0 ? (
          'Nothing sent yet'
        ) : (
          'No full sync yet'
        )
      ) : (
        <>
          Last full sync{' '}
          <time dateTime={lastSyncAt} title={fullTime(lastSyncAt)}>
            {agoInWords(lastSyncAt, now.value)}
          </time>
        </>
      )}
      {lag !== null && ` · ${lag}`}
    </p>
  );
}
