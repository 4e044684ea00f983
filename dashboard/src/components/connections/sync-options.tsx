import type { SyncConfig } from '../../api/types.ts';

/** What people choose here; this page offers one direction, and leaves the time zone as it is. */
export type SyncChoices = Omit<SyncConfig, 'syncDirection' | 'timeZone'>;

const KINDS = [
  ['syncContacts', 'Contacts'],
  ['syncProperties', 'Properties'],
  ['syncDeals', 'Deals'],
] as const;

interface SyncOptionsProps {
  readonly config: SyncChoices;
  readonly crm: string;
}

/** What is sent, as part of a form; `readSyncOptions` reads it back. */
export function SyncOptions({ config, crm }: SyncOptionsProps) {
  return (
    <>
      <fieldset class="options">
        <legend>What is sent to {crm}</legend>
        {KINDS.map(([name, label]) => (
          <label class="check" key={name}>
            <input type="checkbox" name={name} defaultChecked={config[name]} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span class="field-label">When something is deleted in Zena</span>
        <select name="deletions" defaultValue={config.deletions}>
          <option value="created">Remove it from {crm} only if Zena added it</option>
          <option value="never">Keep it in {crm}</option>
          <option value="all">Always remove it from {crm}</option>
        </select>
      </label>
    </>
  );
}

export function readSyncOptions(form: FormData): SyncChoices {
  const deletions = form.get('deletions');
  return {
    syncContacts: form.has('syncContacts'),
    syncProperties: form.has('syncProperties'),
    syncDeals: form.has('syncDeals'),
    deletions: deletions === 'never' || deletions === 'all' ? deletions : 'created',
  };
}
