import { effect, untracked } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { followChanges } from './state/changes.ts';
import { followConnections } from './state/connections.ts';
import { followTime } from './state/now.ts';
import { followAddress } from './state/route.ts';
import { forgetRuns } from './state/runs.ts';
import { session } from './api/session.ts';
import { signInFromAddress } from './state/sign-in.ts';

/** What is followed while somebody is signed in; nothing of it is left for whoever comes next. */
function followWhileSignedIn(): void {
  let stops: (() => void)[] = [];
  effect(() => {
    const isSignedIn = session.value === 'signed-in';
    untracked(() => {
      for (const stop of stops) stop();
      stops = isSignedIn ? [followConnections(), followChanges(), forgetRuns] : [];
    });
  });
}

const root = document.getElementById('app');
if (root !== null) {
  void signInFromAddress();
  followAddress();
  followTime();
  followWhileSignedIn();
  // A sign-in link that is opened while the page is open only changes the fragment.
  window.addEventListener('hashchange', () => {
    if (location.hash.includes('code=')) void signInFromAddress();
  });
  render(<App />, root);
}
