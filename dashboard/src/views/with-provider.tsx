import type { ComponentChildren } from 'preact';
import { Loading } from '../components/loading.tsx';
import { ProblemNotice } from '../components/notice.tsx';
import { integrations, refreshIntegrations } from '../state/connections.ts';

interface WithProviderProps {
  /** As the address names it; null = the one that is connected. */
  readonly provider: string | null;
  readonly children: (provider: string) => ComponentChildren;
}

/** Shows what belongs to a connection once it is known which; says so when there is none. */
export function WithProvider({ provider, children }: WithProviderProps) {
  const known = integrations.value;
  if (known.state === 'loading') return <Loading what="your connections" />;
  if (known.state === 'failed')
    return <ProblemNotice problem={known.problem} onRetry={() => void refreshIntegrations()} />;
  const chosen = provider ?? known.value[0]?.provider;
  if (chosen !== undefined) return <>{children(chosen)}</>;
  return (
    <div class="card empty">
      <p>
        No CRM is connected. <a href="#/">Connect one first</a>
      </p>
    </div>
  );
}
