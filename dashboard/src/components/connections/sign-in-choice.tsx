import type { Provider } from '../../api/types.ts';

/** How people let this service in: on the CRM's own page, or by what they enter here. */
export type SignIn = 'their_page' | 'entered';

interface SignInChoiceProps {
  readonly provider: Provider;
  readonly chosen: SignIn;
  readonly onChoose: (one: SignIn) => void;
}

/** Nothing where the CRM has no page of its own for it; where it lacks something of the operator's, what that is. */
export function SignInChoice({ provider: { name, browserConnect }, chosen, onChoose }: SignInChoiceProps) {
  if (browserConnect === null) return null;
  if (!browserConnect.available)
    return (
      <p class="lead">
        Signing in on {name}’s own page isn’t set up here. {browserConnect.unavailableReason}
      </p>
    );
  return (
    <label class="field">
      <span class="field-label">How to sign in</span>
      <small>
        {chosen === 'their_page'
          ? `You are taken to ${name}, allow this service there, and come back here. No password or key is entered on this page.`
          : 'With a user name that an administrator has allowed, or with the key and secret of an app of your own.'}
      </small>
      <select
        value={chosen}
        onChange={({ currentTarget }) => {
          onChoose(currentTarget.value === 'entered' ? 'entered' : 'their_page');
        }}
      >
        <option value="their_page">On {name}’s own page</option>
        <option value="entered">By what is entered here</option>
      </select>
    </label>
  );
}
