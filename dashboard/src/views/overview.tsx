import { AddCrm } from '../components/connections/add-crm.tsx';
import { ConnectionCard } from '../components/connections/connection-card.tsx';
import { LiveChanges } from '../components/changes/live-changes.tsx';
import { Loading } from '../components/loading.tsx';
import { ProblemNotice } from '../components/notice.tsx';
import type { Integration, Provider } from '../api/types.ts';
import {
  crmName,
  integrations,
  loadProviders,
  providers,
  refreshIntegrations,
} from '../state/connections.ts';
import { connectionState } from '../words/connection-state.ts';

/** How everything stands, in one look. */
export function Overview() {
  const known = integrations.value;
  return (
    <>
      <h1 tabIndex={-1}>{headline()}</h1>
      {known.state === 'ready' && known.value.length === 0 && (
        <p class="lead">
          Zena then keeps its contacts, properties and deals up to date by itself, moments after each change.
        </p>
      )}
      {known.state === 'failed' && (
        <ProblemNotice problem={known.problem} onRetry={() => void refreshIntegrations()} />
      )}
      {known.state === 'loading' && <Loading what="your connections" />}
      {known.state === 'ready' && <Connected list={known.value} />}
    </>
  );
}

function Connected({ list }: { readonly list: readonly Integration[] }) {
  const offered = providers.value;
  const others = offered.state === 'ready' ? notConnected(offered.value, list) : [];
  return (
    <div class="overview" data-connected={list.length > 0}>
      {list.length > 0 && (
        <section aria-labelledby="connections">
          <h2 id="connections" class="only-heard">
            Connections
          </h2>
          {list.map((integration) => (
            <ConnectionCard key={integration.connectionId} integration={integration} />
          ))}
        </section>
      )}
      {list.length > 0 && <LiveChanges />}
      {offered.state === 'failed' ? (
        <ProblemNotice problem={offered.problem} onRetry={() => void loadProviders()} />
      ) : (
        <AddCrm providers={others} isFirst={list.length === 0} />
      )}
    </div>
  );
}

function notConnected(all: readonly Provider[], list: readonly Integration[]): Provider[] {
  return all
    .filter(({ id }) => list.every(({ provider }) => provider !== id))
    .sort((a, b) => Number(b.available) - Number(a.available));
}

/** The worst of the connections' states, in a sentence. */
function headline(): string {
  if (integrations.value.state !== 'ready') return 'Overview';
  const list = integrations.value.value;
  if (list.length === 0) return 'Connect your CRM';
  const tones = list.map((one) => connectionState(one, crmName(one.provider), false).tone);
  if (tones.includes('bad')) return 'Something needs your attention';
  if (tones.includes('wait')) return 'Waiting for your CRM';
  if (tones.includes('quiet')) return 'Sending is paused';
  return tones.includes('busy') ? 'Sending your changes' : 'Everything is up to date';
}
