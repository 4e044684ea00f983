import { useId } from 'preact/hooks';
import type { EntityKind, Provider, SyncConfig } from '../../api/types.ts';
import { readStageLines, stageLines } from '../../words/stage-lines.ts';
import { browserTimeZone, timeZoneChoices } from '../../words/time-zones.ts';

/** What people choose here; this page offers one direction. */
export type SyncChoices = Omit<SyncConfig, 'syncDirection' | 'stages'> & Partial<Pick<SyncConfig, 'stages'>>;

const KINDS = [
  ['syncContacts', 'Contacts', 'contact'],
  ['syncProperties', 'Properties', 'property'],
  ['syncDeals', 'Deals', 'deal'],
] as const;

const DELETIONS = [
  ['created', (crm: string) => `Remove it from ${crm} only if Zena added it`],
  ['never', (crm: string) => `Keep it in ${crm}`],
  ['all', (crm: string) => `Always remove it from ${crm}`],
] as const;

interface SyncOptionsProps {
  readonly config: SyncChoices;
  readonly crm: string;
  /** The kinds of records that the CRM has; null: not known. */
  readonly has: readonly EntityKind[] | null;
  /** The kinds that are off unless people ask for them, with why. */
  readonly offByDefault?: Provider['offByDefault'];
  /** What is wrong with the stages that were entered. */
  readonly stagesFault?: string | null;
}

/** What is sent, as part of a form; `readSyncOptions` reads it back. */
export function SyncOptions({ config, crm, has, offByDefault = {}, stagesFault = null }: SyncOptionsProps) {
  const isThere = (kind: EntityKind): boolean => has === null || has.includes(kind);
  return (
    <>
      <fieldset class="options">
        <legend>What is sent to {crm}</legend>
        {KINDS.map(([name, label, kind]) =>
          isThere(kind) ? (
            <label class="check" key={name}>
              <input type="checkbox" name={name} defaultChecked={config[name]} />
              <span>
                {label}
                {offByDefault[kind] !== undefined && (
                  <small> Off unless you switch it on. {offByDefault[kind]}</small>
                )}
              </span>
            </label>
          ) : (
            <p class="not-there" key={name}>
              {crm} has no {label.toLowerCase()}: they aren’t sent.
              {/* As it was: what the CRM hasn’t is nobody’s choice. */}
              {config[name] && <input type="hidden" name={name} value="on" />}
            </p>
          ),
        )}
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
      {isThere('deal') && <Stages stages={config.stages ?? {}} crm={crm} fault={stagesFault} />}
    </>
  );
}

interface StagesProps {
  readonly stages: SyncConfig['stages'];
  readonly crm: string;
  readonly fault: string | null;
}

function Stages({ stages, crm, fault }: StagesProps) {
  const id = useId();
  const lines = stageLines(stages);
  return (
    <div class="field">
      <label class="field-label" for={id}>
        Stage names <span class="optional">(optional)</span>
      </label>
      <small id={`${id}-help`}>
        A line for each: Zena’s stage = its name in {crm}. A stage without a line goes to the one of an equal
        name.
      </small>
      <textarea
        id={id}
        name="stages"
        rows={Math.max(3, lines.split('\n').length + 1)}
        placeholder="offer = Under offer"
        spellcheck={false}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? `${id}-help` : `${id}-fault ${id}-help`}
        defaultValue={lines}
      />
      {fault !== null && (
        <p class="field-fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/** What is wrong with the stages in a form; null: nothing. */
export function stagesFaultIn(form: FormData): string | null {
  const text = form.get('stages');
  return typeof text === 'string' && readStageLines(text) === null
    ? 'Write a stage of Zena’s and one of the CRM’s in each line, with = between them.'
    : null;
}

export function readSyncOptions(form: FormData): SyncChoices {
  const deletions = form.get('deletions');
  const timeZone = form.get('timeZone');
  const text = form.get('stages');
  const stages = typeof text === 'string' ? readStageLines(text) : null;
  return {
    syncContacts: form.has('syncContacts'),
    syncProperties: form.has('syncProperties'),
    syncDeals: form.has('syncDeals'),
    deletions: deletions === 'never' || deletions === 'all' ? deletions : 'created',
    timeZone: typeof timeZone === 'string' ? timeZone : browserTimeZone(),
    ...(stages !== null && { stages }),
  };
}
