import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { api, type ConnectInput } from '../../api/api.ts';
import type { Problem } from '../../api/problem.ts';
import type { CredentialField, Integration, Provider } from '../../api/types.ts';
import { refreshIntegrations } from '../../state/connections.ts';
import {
  fieldsOf,
  firstChoice,
  type Interface,
  INTERFACE_FIELD,
  interfaceHelp,
  interfacesOf,
} from '../../words/provider-interfaces.ts';
import { AccountChanged } from './account-changed.tsx';
import { CredentialInput } from './credential-input.tsx';
import { InterfaceChoice } from './interface-choice.tsx';
import { ProblemNotice } from '../notice.tsx';
import { browserTimeZone } from '../../words/time-zones.ts';
import { readSyncOptions, stagesFaultIn, type SyncChoices, SyncOptions } from './sync-options.tsx';

/** Offices are where their people are: what a date without a zone means is as here, unless they say otherwise. */
const everythingHere = (): SyncChoices => ({
  syncContacts: true,
  syncProperties: true,
  syncDeals: true,
  deletions: 'created',
  timeZone: browserTimeZone(),
});

interface ConnectFormProps {
  readonly provider: Provider;
  /** Null when it is not connected yet. */
  readonly integration: Integration | null;
}

/** Asks for what a CRM needs to let us in. What was entered is sent once and kept nowhere in this page. */
export function ConnectForm({ provider, integration }: ConnectFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const isBusy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const faults = useSignal<Faults>({});
  const stagesFault = useSignal<string | null>(null);
  const choices = interfacesOf(provider);
  const chosen = useSignal<Interface>(firstChoice(choices, integration));
  const fields = fieldsOf(provider, chosen.value);
  const isSameInterface = integration?.dialect === chosen.value;

  const submit = async (replaceAccount: boolean) => {
    if (form.current === null || isBusy.peek()) return;
    const input = readForm(form.current, fields, integration === null, chosen.peek());
    problem.value = null;
    faults.value = missingFields(fields, input);
    stagesFault.value = stagesFaultIn(new FormData(form.current));
    if (Object.keys(faults.peek()).length === 0 && stagesFault.peek() === null) {
      isBusy.value = true;
      const answer = await api.connect(provider.id, input, replaceAccount);
      isBusy.value = false;
      if (answer.ok) {
        await refreshIntegrations();
        location.hash = '#/';
        return;
      }
      faults.value = fieldFaults(fields, answer.problem);
      problem.value = Object.keys(faults.peek()).length === 0 ? answer.problem : null;
    }
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  const isAnotherAccount = problem.value?.reason === 'account_changed';
  return (
    <form
      ref={form}
      class="card form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit(false);
      }}
    >
      <InterfaceChoice
        help={interfaceHelp(provider, chosen.value)}
        choices={choices}
        chosen={chosen.value}
        onChoose={(one) => {
          [chosen.value, faults.value] = [one, {}];
        }}
      />
      {fields.map((field) => (
        <CredentialInput
          key={field.name}
          field={field}
          initial={field.kind === 'url' && isSameInterface ? (integration?.instanceUrl ?? '') : ''}
          fault={faults.value[field.name] ?? null}
        />
      ))}
      {integration === null && (
        <SyncOptions
          config={everythingHere()}
          crm={provider.name}
          has={provider.capabilities?.entities ?? null}
          stagesFault={stagesFault.value}
        />
      )}
      {problem.value !== null && !isAnotherAccount && <ProblemNotice problem={problem.value} />}
      {isAnotherAccount && (
        <AccountChanged
          crm={provider.name}
          onKeep={() => (problem.value = null)}
          onReplace={() => submit(true)}
        />
      )}
      {!isAnotherAccount && (
        <FormActions crm={provider.name} isNew={integration === null} isBusy={isBusy.value} />
      )}
    </form>
  );
}

interface FormActionsProps {
  readonly crm: string;
  readonly isNew: boolean;
  readonly isBusy: boolean;
}

function FormActions({ crm, isNew, isBusy }: FormActionsProps) {
  return (
    <div class="actions">
      <button type="submit" class="button" data-look="primary" aria-disabled={isBusy}>
        {isBusy ? `Asking ${crm}…` : isNew ? 'Connect' : 'Save credentials'}
      </button>
      <a class="button" href="#/">
        Cancel
      </a>
    </div>
  );
}

/** What is wrong, by the field's name. */
type Faults = Readonly<Record<string, string>>;

function readForm(
  form: HTMLFormElement,
  fields: readonly CredentialField[],
  withOptions: boolean,
  dialect: Interface,
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
      ...(dialect !== null && { [INTERFACE_FIELD]: dialect }),
    },
    ...(withOptions && { syncConfig: readSyncOptions(data) }),
  };
}

function missingFields(fields: readonly CredentialField[], { credentials }: ConnectInput): Faults {
  const missing = fields.filter(({ name, required }) => required && credentials[name] === undefined);
  return Object.fromEntries(
    missing.map(({ name, label }) => [name, `Enter the ${label.toLowerCase().replace(/\bapi\b/, 'API')}.`]),
  );
}

/** The service points into the body; only what points at a field that is shown can be placed there. */
function fieldFaults(fields: readonly CredentialField[], { errors }: Problem): Faults {
  const placed = errors.flatMap(({ pointer, detail }) => {
    const field = fields.find(({ name }) => pointer === `/credentials/${name}`);
    return field === undefined ? [] : [[field.name, detail] as const];
  });
  return Object.fromEntries(placed);
}
