import { ActionButton } from '../action-button.tsx';
import { Notice } from '../notice.tsx';

interface AccountChangedProps {
  readonly crm: string;
  readonly onKeep: () => void;
  readonly onReplace: () => Promise<void>;
}

/** The credentials are of another account than before: whether that is meant only the person knows. */
export function AccountChanged({ crm, onKeep, onReplace }: AccountChangedProps) {
  return (
    <Notice tone="wait" role="alert">
      <h2>This is a different {crm} account</h2>
      <p>
        The account you used before keeps its records as they are, and nothing is sent to it any more. The new
        account starts afresh: later changes are sent as they happen, and “Sync now” brings the rest.
      </p>
      <p>If you didn’t mean to change accounts, go back and check the address.</p>
      <div class="actions">
        <ActionButton look="primary" act={onReplace}>
          Switch to the new account
        </ActionButton>
        <button type="button" class="button" onClick={onKeep}>
          Go back
        </button>
      </div>
    </Notice>
  );
}
