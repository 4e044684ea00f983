import { useEffect, useRef } from 'preact/hooks';
import { Loading } from './components/loading.tsx';
import { Notice, ProblemNotice } from './components/notice.tsx';
import { SiteHeader } from './components/site-header.tsx';
import { route, type Route } from './state/route.ts';
import { reachable, session } from './api/session.ts';
import { signInFromAddress, signInProblem } from './state/sign-in.ts';
import { ConnectPage } from './views/connect-page.tsx';
import { NotFound } from './views/not-found.tsx';
import { Overview } from './views/overview.tsx';
import { RecordPage } from './views/record-page.tsx';
import { RecordsPage } from './views/records-page.tsx';
import { SignIn } from './views/sign-in.tsx';

/** The whole page. */
export function App() {
  switch (session.value) {
    case 'unknown':
      return <Starting />;
    case 'signed-in':
      return <SignedIn />;
    case 'signing-in':
    case 'signed-out':
    case 'ended':
      return <SignIn />;
  }
}

function Starting() {
  const problem = signInProblem.value;
  return (
    <main class="sign-in" id="main">
      <h1 class="only-heard">Zena CRM Sync</h1>
      {problem === null ? (
        <Loading what="your connections" />
      ) : (
        <ProblemNotice problem={problem} onRetry={() => void signInFromAddress()} />
      )}
    </main>
  );
}

function SignedIn() {
  const main = useRef<HTMLElement>(null);
  const current = route.value;
  const place = placeOf(current);
  const shown = useRef(place);
  useEffect(() => {
    document.title = `${TITLES[current.page]} · Zena CRM Sync`;
    if (shown.current === place) return;
    shown.current = place;
    window.scrollTo(0, 0);
    // A screen reader goes on reading at the new page's heading.
    (main.current?.querySelector('h1') ?? main.current)?.focus();
  }, [place]);
  return (
    <>
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          // The fragment is the address of a page here.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <SiteHeader />
      <div class="site-notice" role="status">
        {!reachable.value && (
          <Notice tone="wait">Can’t reach Zena CRM Sync. What you see may be old; trying again…</Notice>
        )}
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        <Page current={current} />
      </main>
    </>
  );
}

function Page({ current }: { readonly current: Route }) {
  switch (current.page) {
    case 'overview':
      return <Overview />;
    case 'connect':
      return <ConnectPage provider={current.provider} />;
    case 'records':
      return <RecordsPage provider={current.provider} filter={current.filter} />;
    case 'record':
      return <RecordPage provider={current.provider} entity={current.entity} entityId={current.entityId} />;
    case 'unknown':
      return <NotFound />;
  }
}

const TITLES: Readonly<Record<Route['page'], string>> = {
  overview: 'Overview',
  connect: 'Connect',
  records: 'Records',
  record: 'Record',
  unknown: 'Not found',
};

/** Two addresses of one place differ only in what is searched for there. */
function placeOf(current: Route): string {
  if (current.page === 'record') return `record/${current.entity}/${current.entityId}`;
  return current.page === 'connect' ? `connect/${current.provider}` : current.page;
}
