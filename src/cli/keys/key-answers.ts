import type { KeyStatusView } from '../../http/views/key-view.ts';
import { type Column, table } from '../../terminal/table.ts';

type KeyView = KeyStatusView['keys'][number];

const KEY_COLUMNS: readonly Column<KeyView>[] = [
  { title: 'KEY', value: ({ keyId }) => keyId },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'CONNECTIONS', value: ({ connections }) => connections, align: 'right' },
  { title: 'EARLIER FORM', value: ({ earlierForm }) => earlierForm, align: 'right' },
  { title: 'CANARY', value: ({ canary }) => (canary ? 'yes' : null) },
  { title: 'NEEDED', value: ({ needed }) => (needed ? 'yes' : 'no') },
];

/** The keys as people read them, and what may be done next. */
export function keyStatusText(status: KeyStatusView): string {
  const { keys, toReseal, rotated } = status;
  const removable = keys.filter(({ role, needed }) => role === 'retired' && !needed);
  return [
    table(keys, KEY_COLUMNS),
    '',
    rotated
      ? 'Everything is sealed under the current key.'
      : `${toReseal} connections ${toReseal === 0 ? 'and the canary ' : ''}are to be sealed anew: zena-crm keys rotate`,
    ...(removable.length === 0
      ? []
      : [`May be taken out of ENCRYPTION_KEYS_RETIRED: ${removable.map(({ keyId }) => keyId).join(', ')}`]),
    ...missingText(status),
  ].join('\n');
}

function missingText({ keys }: KeyStatusView): string[] {
  return missingKeys(keys).map(
    ({ keyId, connections }) =>
      `problem: ${keyId} is not here, and ${connections} connections need it. Add it to ENCRYPTION_KEYS_RETIRED, or let those users connect again.`,
  );
}

/** Keys that something is sealed under and that the service lacks. */
export function missingKeys(keys: readonly KeyView[]): readonly KeyView[] {
  return keys.filter(({ role }) => role === 'missing');
}
