import { compareEmail } from './email-address.ts';

/** Tells whether an e-mail, however it is written, is one that stands for 'none': then it says nothing of whose it is. */
export type IsPlaceholder = (email: string) => boolean;

/** Local parts, without dots, hyphens and underscores, that people and programs enter where there is no e-mail. Numbered ones are somebody's. */
const NOBODY: ReadonlySet<string> = new Set([
  ...['noemail', 'noemails', 'noemailaddress', 'noemailgiven', 'noemailprovided', 'nomail', 'noaddress'],
  ...[
    'none',
    'nonegiven',
    'noneprovided',
    'unknown',
    'unknownemail',
    'emailunknown',
    'notknown',
    'nil',
    'null',
  ],
  ...['undefined', 'na', 'notapplicable', 'notavailable', 'notgiven', 'notprovided', 'notsupplied'],
  ...['noreply', 'donotreply', 'donotemail', 'dontemail', 'emailnotprovided', 'missingemail', 'placeholder'],
  ...['anonymous', 'withheld', 'undisclosed', 'tba', 'tbc', 'tbd', 'nobody', 'noone', 'xxx', 'xxxx'],
]);

/**
 * The built-in list and the operator's entries beside it: a whole address, `name@` (at any host), `@host` (any name there), or a bare
 * name.
 */
export function createPlaceholderCheck(entries: readonly string[]): IsPlaceholder {
  const names = new Set(NOBODY);
  const others = new Set<string>();
  for (const entry of entries.map((text) => text.trim().toLowerCase().replaceAll('*', ''))) {
    const at = entry.lastIndexOf('@');
    if (at < 0 || at === entry.length - 1) names.add(bareName(entry.replace(/@$/, '')));
    else others.add(at === 0 ? compareEmail(`x${entry}`).slice(1) : compareEmail(entry));
  }
  return (email) => {
    const plain = compareEmail(email);
    const at = plain.lastIndexOf('@');
    if (at < 0) return false;
    return names.has(bareName(plain.slice(0, at))) || others.has(plain) || others.has(plain.slice(at));
  };
}

function bareName(name: string): string {
  return name.replace(/[._-]/g, '');
}

/** By the built-in list alone. */
export const isUsualPlaceholder: IsPlaceholder = createPlaceholderCheck([]);
