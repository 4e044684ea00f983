import type { ConnectInput } from '../../api/api.ts';
import type { Problem } from '../../api/problem.ts';
import type { CredentialField } from '../../api/types.ts';
import { type Interface, INTERFACE_FIELD } from '../../words/provider-interfaces.ts';
import { readSyncOptions } from './sync-options.tsx';

/** What is wrong, by the field's name. */
export type Faults = Readonly<Record<string, string>>;

/** What was entered in a form to connect; `interface`: the one that was chosen where there are several. */
export function readConnectForm(
  form: HTMLFormElement,
  fields: readonly CredentialField[],
  withOptions: boolean,
  chosen: Interface,
): ConnectInput {
  const data = new FormData(form);
  const entries = fields.flatMap(({ name }) => {
    const value = data.get(`credentials.${name}`);
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' ? [] : [[name, text] as const];
  });
  return {
    credentials: {
      ...Object.fromEntries(entries),
      ...(chosen !== null && { [INTERFACE_FIELD]: chosen }),
    },
    ...(withOptions && { syncConfig: readSyncOptions(data) }),
  };
}

export function missingFields(fields: readonly CredentialField[], { credentials }: ConnectInput): Faults {
  const missing = fields.filter(({ name, required }) => required && credentials[name] === undefined);
  return Object.fromEntries(
    missing.map(({ name, label }) => [name, `Enter the ${label.toLowerCase().replace(/\bapi\b/, 'API')}.`]),
  );
}

/** The service points into the body; only what points at a field that is shown can be placed there. */
export function fieldFaults(fields: readonly CredentialField[], { errors }: Problem): Faults {
  const placed = errors.flatMap(({ pointer, detail }) => {
    const field = fields.find(({ name }) => pointer === `/credentials/${name}`);
    return field === undefined ? [] : [[field.name, detail] as const];
  });
  return Object.fromEntries(placed);
}
