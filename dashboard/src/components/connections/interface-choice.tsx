import { type Interface, interfaceName } from '../../words/provider-interfaces.ts';

interface InterfaceChoiceProps {
  readonly choices: readonly Interface[];
  readonly chosen: Interface;
  /** What the chosen one is; null: nothing is told. */
  readonly help: string | null;
  readonly onChoose: (one: Interface) => void;
}

/** By which of its interfaces a CRM is connected; nothing where there is only one. */
export function InterfaceChoice({ choices, chosen, help, onChoose }: InterfaceChoiceProps) {
  if (choices.length < 2) return null;
  return (
    <label class="field">
      <span class="field-label">Interface</span>
      {help !== null && <small>{help}</small>}
      <select
        value={interfaceName(chosen)}
        onChange={({ currentTarget }) => {
          onChoose(choices.find((one) => interfaceName(one) === currentTarget.value) ?? null);
        }}
      >
        {choices.map((one) => (
          <option key={interfaceName(one)}>{interfaceName(one)}</option>
        ))}
      </select>
    </label>
  );
}
