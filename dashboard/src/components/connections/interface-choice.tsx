import { type Interface, interfaceName } from '../../words/provider-interfaces.ts';

interface InterfaceChoiceProps {
  readonly choices: readonly Interface[];
  readonly chosen: Interface;
  readonly onChoose: (one: Interface) => void;
}

/** By which of its interfaces a CRM is connected; nothing where there is only one. */
export function InterfaceChoice({ choices, chosen, onChoose }: InterfaceChoiceProps) {
  if (choices.length < 2) return null;
  return (
    <label class="field">
      <span>Interface</span>
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
