/** Whether the CRM refuses this service itself, whoever's account it is: what is the operator's to mend. */
export interface ApplicationRefusal {
  /** It does, and this is the code of how. */
  note(code: string): void;
  /** It takes this service, or fails in another way. */
  clear(): void;
  /** Null: it doesn't, as far as is known. */
  code(): string | null;
}

/** @param onChange told once when it begins, with its code, and once when it is over (null), however many connections see it. Must not throw. */
export function createApplicationRefusal(onChange: (code: string | null) => void): ApplicationRefusal {
  let known: string | null = null;
  const become = (code: string | null): void => {
    if (known === code) return;
    known = code;
    onChange(code);
  };
  return {
    note: become,
    clear() {
      become(null);
    },
    code: () => known,
  };
}
