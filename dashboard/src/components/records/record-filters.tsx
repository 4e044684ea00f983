import { useEffect, useRef } from 'preact/hooks';
import type { RecordFilter } from '../../api/api.ts';
import type { LinkState } from '../../api/link-state.ts';
import type { EntityKind } from '../../api/types.ts';
import { connected, crmName } from '../../state/connections.ts';
import { recordsHref, replaceAddress } from '../../state/route.ts';
import { KIND_WORDS } from '../../words/change-words.ts';
import { LINK_STATES } from '../../words/record-state.ts';

interface RecordFiltersProps {
  readonly filter: RecordFilter;
  readonly provider: string | null;
}

const PAUSE_MS = 250;

/** What is searched for stands in the address, so that it can be gone back to and sent to a colleague. */
export function RecordFilters({ filter, provider }: RecordFiltersProps) {
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const text = useRef<HTMLInputElement>(null);
  const address = recordsHref(filter, provider);
  const applied = useRef(address);
  useEffect(() => () => clearTimeout(timer.current), []);
  // The address also changes without the form: by going back, or by a link to all records. Then the form follows.
  useEffect(() => {
    if (address === applied.current) return;
    applied.current = address;
    clearTimeout(timer.current);
    if (text.current !== null) text.current.value = filter.q;
  }, [address]);
  const apply = () => {
    clearTimeout(timer.current);
    if (form.current === null) return;
    const crm = new FormData(form.current).get('crm');
    applied.current = recordsHref(readFilter(form.current), typeof crm === 'string' ? crm : provider);
    replaceAddress(applied.current);
  };
  return (
    <form
      ref={form}
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label class="field filter-text">
        <span class="field-label">Search</span>
        <input
          ref={text}
          type="search"
          name="q"
          defaultValue={filter.q}
          placeholder="Name, email, phone or address"
          maxLength={200}
          onInput={() => {
            clearTimeout(timer.current);
            timer.current = setTimeout(apply, PAUSE_MS);
          }}
        />
      </label>
      <CrmChoice provider={provider} onChange={apply} />
      <label class="field">
        <span class="field-label">State</span>
        <select name="state" value={filter.state ?? ''} onChange={apply}>
          <option value="">Any state</option>
          {Object.entries(LINK_STATES).map(([state, { label }]) => (
            <option key={state} value={state}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">Kind</span>
        <select name="entity" value={filter.entity ?? ''} onChange={apply}>
          <option value="">Everything</option>
          {Object.entries(KIND_WORDS).map(([kind, { many }]) => (
            <option key={kind} value={kind}>
              {many}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

/** Whose records these are; nothing where there is only one CRM. */
function CrmChoice({
  provider,
  onChange,
}: Pick<RecordFiltersProps, 'provider'> & { readonly onChange: () => void }) {
  if (connected.value.length < 2) return null;
  return (
    <label class="field">
      <span class="field-label">CRM</span>
      <select name="crm" value={provider ?? connected.value[0]?.provider ?? ''} onChange={onChange}>
        {connected.value.map(({ provider: id }) => (
          <option key={id} value={id}>
            {crmName(id)}
          </option>
        ))}
      </select>
    </label>
  );
}

function readFilter(form: HTMLFormElement): RecordFilter {
  const data = new FormData(form);
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  // The options are the states and kinds themselves.
  const state = (text('state') || null) as LinkState | null;
  const entity = (text('entity') || null) as EntityKind | null;
  return { q: text('q').trim(), state, entity };
}
