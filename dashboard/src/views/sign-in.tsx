import { useEffect, useRef } from 'preact/hooks';
import type { Problem } from '../api/problem.ts';
import { session } from '../api/session.ts';
import { signIn, signInProblem } from '../state/sign-in.ts';
import { Notice, ProblemNotice } from '../components/notice.tsx';
import { Brand } from '../components/site-header.tsx';

/** What a person sees without a session. What they paste is sent once and stays nowhere. */
export function SignIn() {
  const input = useRef<HTMLInputElement>(null);
  const isBusy = session.value === 'signing-in';
  const problem = signInProblem.value;
  useEffect(() => {
    document.title = 'Sign in · Zena CRM Sync';
  }, []);
  useEffect(() => {
    if (problem !== null) input.current?.focus();
  }, [problem]);
  const submit = () => {
    const text = input.current?.value ?? '';
    if (text.trim() === '' || isBusy) return input.current?.focus();
    void signIn(text);
  };
  return (
    <main class="sign-in" id="main">
      <Brand />
      <h1>Sign in</h1>
      {session.value === 'ended' && (
        <Notice tone="wait">Your session has ended. Sign in again to go on.</Notice>
      )}
      <p>Open the sign-in link you were given. Or paste it, or the code from it, here.</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <label class="field">
          <span class="field-label">Sign-in link, code or access token</span>
          <input
            ref={input}
            type="password"
            autoComplete="off"
            spellcheck={false}
            required
            aria-invalid={problem?.status === 401}
          />
        </label>
        {problem !== null && <SignInProblem problem={problem} />}
        <button type="submit" class="button" data-look="primary" aria-disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function SignInProblem({ problem }: { readonly problem: Problem }) {
  if (problem.status !== 401) return <ProblemNotice problem={problem} />;
  return (
    <Notice tone="bad" role="alert">
      That didn’t work. A code can be used once, within a minute: ask for a new one.
    </Notice>
  );
}
