import { fieldWords } from '../../words/change-words.ts';
import { valueWords } from '../../words/value-words.ts';

interface SentFieldsProps {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly crm: string;
}

/** The values that the CRM last confirmed. */
export function SentFields({ fields, crm }: SentFieldsProps) {
  return (
    <section class="card" aria-labelledby="sent-fields">
      <h2 id="sent-fields">What {crm} has</h2>
      <dl class="sent-fields">
        {Object.entries(fields).map(([name, value]) => (
          <div key={name}>
            <dt>{fieldWords(name)}</dt>
            <dd>{valueWords(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
