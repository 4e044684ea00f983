import type { Change } from '../../api/types.ts';
import { crmName } from '../../state/connections.ts';
import { now } from '../../state/now.ts';
import { recordHref } from '../../state/route.ts';
import {
  changeDetail,
  changeWords,
  fieldListWords,
  fieldWords,
  KIND_WORDS,
} from '../../words/change-words.ts';
import { durationInWords } from '../../words/duration.ts';
import { exactTime, fullTime } from '../../words/time.ts';

interface ChangeLineProps {
  readonly change: Change;
  /** In a list of many records each line says whose it is. */
  readonly of?: 'record' | 'list';
}

/** One thing that happened: when, to which record, what, and how long it took. */
export function ChangeLine({ change, of = 'list' }: ChangeLineProps) {
  const { at, entity, entityId, title, changed, errors, latencySeconds, provider } = change;
  const { tone, text } = changeWords(change, crmName(provider));
  const detail = tone === 'bad' || tone === 'wait' || of === 'record' ? changeDetail(change) : null;
  return (
    <li class="change" data-tone={tone}>
      <time class="change-time" dateTime={at} title={fullTime(at)}>
        {exactTime(at, now.value)}
      </time>
      <div class="change-what">
        {of === 'list' && (
          <p class="change-title">
            <a href={recordHref(entity, entityId)}>{title || entityId}</a>
            <span class="change-kind">{KIND_WORDS[entity].one}</span>
          </p>
        )}
        <p class="change-words">
          <span class="chip-dot" data-tone={tone} aria-hidden="true" />
          <span>
            {text}
            {changed.length > 0 && <span class="change-fields"> · {fieldListWords(changed)}</span>}
          </span>
        </p>
        {detail !== null && <p class="change-detail">{detail}</p>}
        {errors.length > 0 && (
          <ul class="change-errors">
            {errors.map(({ field, message }) => (
              <li key={field}>
                <strong>{fieldWords(field)}</strong>: {message}
              </li>
            ))}
          </ul>
        )}
      </div>
      {latencySeconds !== null && (
        <span class="change-took" title="From the change in Zena to the CRM’s answer">
          <span class="only-heard">took </span>
          {durationInWords(latencySeconds)}
        </span>
      )}
    </li>
  );
}
