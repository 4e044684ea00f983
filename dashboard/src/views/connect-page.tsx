import { ConnectForm } from '../components/connections/connect-form.tsx';
import { Loading } from '../components/loading.tsx';
import { ProblemNotice } from '../components/notice.tsx';
import { integrations, loadProviders, providers } from '../state/connections.ts';
import { NotFound } from './not-found.tsx';

/** Connects a CRM, or gives a connected one new credentials. */
export function ConnectPage({ provider: id }: { readonly provider: string }) {
  const offered = providers.value;
  const known = integrations.value;
  if (offered.state === 'failed')
    return (
      <>
        <h1 tabIndex={-1}>Connect</h1>
        <ProblemNotice problem={offered.problem} onRetry={() => void loadProviders()} />
      </>
    );
  if (offered.state === 'loading' || known.state === 'loading') return <Loading what="the form" />;
  const provider = offered.value.find((one) => one.id === id);
  if (provider === undefined || !provider.available) return <NotFound />;
  const integration = known.state === 'ready' ? known.value.find((one) => one.provider === id) : undefined;
  return (
    <div class="narrow">
      <p class="back">
        <a href="#/">Back to overview</a>
      </p>
      <h1 tabIndex={-1}>
        {integration === undefined ? `Connect ${provider.name}` : `New credentials for ${provider.name}`}
      </h1>
      <p class="lead">
        {integration === undefined
          ? `Your credentials are checked with ${provider.name} first and kept encrypted. Connecting sends nothing by itself.`
          : `They are checked with ${provider.name} first. The old ones are kept until the new ones work.`}
      </p>
      {integration === undefined && provider.knownGaps.length > 0 && (
        <details class="gaps">
          <summary>What {provider.name} doesn’t take</summary>
          <ul>
            {provider.knownGaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </details>
      )}
      <ConnectForm key={id} provider={provider} integration={integration ?? null} />
    </div>
  );
}
