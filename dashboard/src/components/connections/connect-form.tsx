import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { api, type ConnectInput } from '../../api/api.ts';
import type { Answer, Problem } from '../../api/problem.ts';
import type { Integration, Provider } from '../../api/types.ts';
import { refreshIntegrations } from '../../state/connections.ts';
import {
  fieldsOf,
  firstChoice,
  type Interface,
  interfaceHelp,
  interfacesOf,
} from '../../words/provider-interfaces.ts';
import { AccountChanged } from './account-changed.tsx';
import { type Faults, fieldFaults, missingFields, readConnectForm } from './connect-input.ts';
import { CredentialInput } from './credential-input.tsx';
import { InterfaceChoice } from './interface-choice.tsx';
import { type SignIn, SignInChoice } from './sign-in-choice.tsx';
import { ProblemNotice } from '../notice.tsx';
import { browserTimeZone } from '../../words/time-zones.ts';
import { stagesFaultIn, type SyncChoices, SyncOptions } from './sync-options.tsx';

/** Offices are where their people are: what a date without a zone means is as here, unless they say otherwise. */
const firstChoices = ({ contact, property, deal }: Provider['offByDefault']): SyncChoices => ({
  syncContacts: contact === undefined,
  syncProperties: property === undefined,
  syncDeals: deal === undefined,
  deletions: 'created',
  timeZone: browserTimeZone(),
});

interface ConnectFormProps {
  readonly provider: Provider;
  /** Null when it is not connected yet. */
  readonly integration: Integration | null;
}

/** What a form to connect holds while people fill it in, and what becomes of it. */
function useConnecting({ provider, integration }: ConnectFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const isBusy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const faults = useSignal<Faults>({});
  const stagesFault = useSignal<string | null>(null);
  const choices = interfacesOf(provider);
  const chosen = useSignal<Interface>(firstChoice(choices, integration));
  const signIn = useSignal<SignIn>(provider.browserConnect?.available === true ? 'their_page' : 'entered');
  const onTheirPage = signIn.value === 'their_page';
  const fields = fieldsOf(provider, chosen.value).filter(
    ({ name }) => !onTheirPage || provider.browserConnect?.fields.includes(name),
  );

  const submit = async (replaceAccount: boolean) => {
    if (form.current === null || isBusy.peek()) return;
    const input = readConnectForm(form.current, fields, integration === null, chosen.peek());
    problem.value = null;
    faults.value = missingFields(fields, input);
    stagesFault.value = stagesFaultIn(new FormData(form.current));
    if (Object.keys(faults.peek()).length === 0 && stagesFault.peek() === null) {
      isBusy.value = true;
      const answer = onTheirPage
        ? await leaveFor(provider.id, input)
        : await connect(provider.id, input, replaceAccount);
      if (answer.ok) return;
      isBusy.value = false;
      faults.value = fieldFaults(fields, answer.problem);
      problem.value = Object.keys(faults.peek()).length === 0 ? answer.problem : null;
    }
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  return { form, isBusy, problem, faults, stagesFault, choices, chosen, signIn, fields, submit };
}

/** Asks for what a CRM needs to let us in. What was entered is sent once and kept nowhere in this page. */
export function ConnectForm({ provider, integration }: ConnectFormProps) {
  const { form, isBusy, problem, faults, stagesFault, choices, chosen, signIn, fields, submit } =
    useConnecting({
      provider,
      integration,
    });
  const isSameInterface = integration?.dialect === chosen.value;
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
      <SignInChoice
        provider={provider}
        chosen={signIn.value}
        onChoose={(one) => {
          [signIn.value, faults.value, problem.value] = [one, {}, null];
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
          config={firstChoices(provider.offByDefault)}
          offByDefault={provider.offByDefault}
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
        <FormActions
          crm={provider.name}
          submit={submitWords(provider.name, signIn.value, integration === null)}
          isBusy={isBusy.value}
        />
      )}
    </form>
  );
}

function submitWords(crm: string, signIn: SignIn, isNew: boolean): string {
  if (signIn === 'their_page') return `Continue at ${crm}`;
  return isNew ? 'Connect' : 'Save credentials';
}

async function connect(
  provider: string,
  input: ConnectInput,
  replaceAccount: boolean,
): Promise<Answer<unknown>> {
  const answer = await api.connect(provider, input, replaceAccount);
  if (answer.ok) {
    await refreshIntegrations();
    location.hash = '#/';
  }
  return answer;
}

/** To the CRM's own page, which leads back to the overview. */
async function leaveFor(provider: string, input: ConnectInput): Promise<Answer<unknown>> {
  const answer = await api.beginConnect(provider, input);
  if (answer.ok) location.assign(answer.value.location);
  return answer;
}

interface FormActionsProps {
  readonly crm: string;
  readonly submit: string;
  readonly isBusy: boolean;
}

function FormActions({ crm, submit, isBusy }: FormActionsProps) {
  return (
    <div class="actions">
      <button type="submit" class="button" data-look="primary" aria-disabled={isBusy}>
        {isBusy ? `Asking ${crm}…` : submit}
      </button>
      <a class="button" href="#/">
        Cancel
      </a>
    </div>
  );
}
