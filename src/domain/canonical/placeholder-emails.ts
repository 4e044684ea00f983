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
  ...[
    'refused',
    'refusedemail',
    'emailrefused',
    'refusedtogive',
    'declined',
    'declinedemail',
    'wouldnotgive',
  ],
]);
/** Names that say that there is no e-mail, and no more than that: these are numbered where a program wants each only once. */
const NO_EMAIL =
  /^(?:no(?:e?mail)s?(?:address|given|provided|supplied|available)?|(?:unknown|missing)email|(?:not|none)(?:given|provided|supplied))\d{1,9}$/;
/** What people type twice to get past a form: `test@test.com`. With another host it may be somebody. */
const TYPED_TWICE =
  /^(?:test|testing|tester|example|sample|dummy|fake|blank|empty|invalid|nope|no|none|nil|null|na|email|mail|name|user|abc|abcd|asdf|qwerty|([a-z0-9])\1{0,4}|1234?5?)$/;
/** Hosts whose first label says it. */
const NO_HOST: ReadonlySet<string> = new Set(['noemail', 'no-email', 'noemailaddress', 'no-email-address']);

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
    const name = plain.slice(0, at);
    return (
      names.has(bareName(name)) || isMadeUp(name, plain) || others.has(plain) || others.has(plain.slice(at))
    );
  };
}

function isMadeUp(name: string, plain: string): boolean {
  const label = plain.slice(plain.lastIndexOf('@') + 1).split('.')[0] ?? '';
  // What stands behind a plus sign sorts mail of one mailbox: of none, here.
  const bare = bareName(name.replace(/\+.*$/, ''));
  const tagged = name.includes('+') && NO_EMAIL.test(`${bare}0`);
  return tagged || NO_EMAIL.test(bare) || NO_HOST.has(label) || (name === label && TYPED_TWICE.test(name));
}

function bareName(name: string): string {
  return name.replace(/[._-]/g, '');
}

/** By the built-in list alone. */
export const isUsualPlaceholder: IsPlaceholder = createPlaceholderCheck([]);
