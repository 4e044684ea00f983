import { SETTING_NAMES, settingOf } from '../src/config/settings.ts';

const BEGIN = '<!-- settings: written by npm run docs:settings -->\n<!-- prettier-ignore-start -->\n';
const END = '<!-- prettier-ignore-end -->\n<!-- /settings -->';

/** The settings as a Markdown table, in their own order. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { default: standsIn, secret, doc } = settingOf(name);
    const shown = standsIn === undefined ? 'unset' : standsIn === '' ? 'empty' : `\`${standsIn}\``;
    return `| \`${name}\`${secret === true ? ' (secret)' : ''} | ${shown} | ${doc.replaceAll('|', '\\|')} |`;
  });
  return ['| name | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** A document with the table between its markers made current. Throws where the markers are missing. */
export function withSettingsTable(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error('the document has no markers for the settings');
  return document.slice(0, begin + BEGIN.length) + settingsTable() + document.slice(end);
}
