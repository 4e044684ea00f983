import { useSignal } from '@preact/signals';
import { api } from '../../api/api.ts';
import type { Problem } from '../../api/problem.ts';
import { refreshIntegrations } from '../../state/connections.ts';
import { dismissRun } from '../../state/runs.ts';
import { ActionButton } from '../action-button.tsx';
import { Dialog } from '../dialog.tsx';
import { ProblemNotice } from '../notice.tsx';

interface DisconnectDialogProps {
  readonly provider: string;
  readonly crm: string;
  readonly onClose: () => void;
}

/** Says what disconnecting does before it is done. */
export function DisconnectDialog({ provider, crm, onClose }: DisconnectDialogProps) {
  const forget = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const disconnect = async () => {
    const answer = await api.disconnect(provider, forget.peek());
    if (!answer.ok) {
      problem.value = answer.problem;
      return;
    }
    dismissRun(provider);
    await refreshIntegrations();
    onClose();
    document.querySelector('h1')?.focus();
  };
  return (
    <Dialog title={`Disconnect ${crm}?`} onClose={onClose}>
      <p>
        Your credentials are deleted and nothing more is sent. What is in {crm} already stays there. You can
        connect again at any time, and no record will be added twice.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={forget}
          onChange={(event) => (forget.value = event.currentTarget.checked)}
        />
        <span>
          Also forget which records belong together
          <small>Connecting again may then add some of them a second time.</small>
        </span>
      </label>
      {problem.value !== null && <ProblemNotice problem={problem.value} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Keep it connected
        </button>
        <ActionButton look="danger" act={disconnect}>
          Disconnect
        </ActionButton>
      </div>
    </Dialog>
  );
}
