import { useId } from 'preact/hooks';
import type { CredentialField } from '../../api/types.ts';

interface CredentialInputProps {
  readonly field: CredentialField;
  readonly initial: string;
  /** What is wrong with what was entered. */
  readonly fault: string | null;
}

export function CredentialInput({ field, initial, fault }: CredentialInputProps) {
  const id = useId();
  const faultId = `${id}-fault`;
  const helpId = `${id}-help`;
  const input = {
    id,
    name: `credentials.${field.name}`,
    autoCapitalize: 'off',
    spellcheck: false,
    required: field.required,
    defaultValue: initial,
    'aria-invalid': fault !== null,
    'aria-describedby': fault === null ? helpId : `${faultId} ${helpId}`,
  } as const;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {field.label}
        {!field.required && <span class="optional"> (optional)</span>}
      </label>
      <small id={helpId}>{field.help}</small>
      {field.secret ? (
        // A browser that filled in its owner's own password here would send it to a stranger.
        <input {...input} type="password" autoComplete="new-password" />
      ) : (
        <input
          {...input}
          type="text"
          autoComplete="off"
          {...(field.kind === 'url' && { inputMode: 'url', placeholder: 'https://your-office.example.com' })}
        />
      )}
      {fault !== null && (
        <p class="field-fault" id={faultId}>
          {fault}
        </p>
      )}
    </div>
  );
}
