import type { SyncConfig } from '../../api/types.ts';
import { browserTimeZone, timeZoneChoices } from '../../words/time-zones.ts';

/** What people choose here; this page offers one direction. */
export type SyncChoices = Omit<SyncConfig, 'syncDirection' | 'stages'>;

const KINDS = [
  ['syncContacts', 'Contacts'],
  ['syncProperties', 'Properties'],
  ['syncDeals', 'Deals'],
] as const;

const DELETIONS = [
  ['created', (crm: string) => `Remove it from ${crm} only if Zena added it`],
  ['never', (crm: string) => `Keep it in ${crm}`],
  ['all', (crm: string) => `Always remove it from ${crm}`],
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
        <select name="deletions">
          {DELETIONS.map(([value, words]) => (
            <option key={value} value={value} selected={value === config.deletions}>
              {words(crm)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">Time zone of dates that name none</span>
        <select name="timeZone">
          {timeZoneChoices(config.timeZone).map((zone) => (
            <option key={zone} value={zone} selected={zone === config.timeZone}>
              {zone}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

export function readSyncOptions(form: FormData): SyncChoices {
  const deletions = form.get('deletions');
  const timeZone = form.get('timeZone');
  return {
    syncContacts: form.has('syncContacts'),
    syncProperties: form.has('syncProperties'),
    syncDeals: form.has('syncDeals'),
    deletions: deletions === 'never' || deletions === 'all' ? deletions : 'created',
    timeZone: typeof timeZone === 'string' ? timeZone : browserTimeZone(),
  };
}
