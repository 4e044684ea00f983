import { rowOfDeclared } from '../src/config/declared-settings.ts';
import { SETTING_NAMES, settingOf, type Setting } from '../src/config/settings.ts';
import { DECLARED_SETTINGS } from '../src/service/create-connectors.ts';

const BEGIN = '<!-- settings: written by npm run docs:settings -->\n<!-- prettier-ignore-start -->\n';
const END = '<!-- prettier-ignore-end -->\n<!-- /settings -->';

/** The settings as a Markdown table, in their own order; then those that connectors declare. */
export function settingsTable(): string {
  const all: readonly (readonly [string, Setting])[] = [
    ...SETTING_NAMES.map((name) => [name, settingOf(name)] as const),
    ...DECLARED_SETTINGS.map((setting) => [setting.name, rowOfDeclared(setting)] as const),
  ];
  const rows = all.map(([name, { default: standsIn, secret, doc }]) => {
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
