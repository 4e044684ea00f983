import type { Config, ConfigWarning } from './config.ts';
import { faultLine } from './fault-line.ts';
import type { ConfigFault } from './setting-reader.ts';
import { SETTING_NAMES, settingOf } from './settings.ts';

/** The configuration for people, one aligned line a setting; secrets stay masked. */
export function printConfig(config: Config): string {
  const width = Math.max(...config.settings.map(({ name }) => name.length));
  const lines = config.settings.map(
    ({ name, shown, source }) =>
      `${name.padEnd(width)}  ${shown ?? '-'}${source === 'unset' ? '' : `  (${source})`}`,
  );
  return [`${'mode'.padEnd(width)}  ${config.mode}`, ...lines].join('\n');
}

/** Faults and warnings for people, each fault with its remedy. */
export function printFaults(faults: readonly ConfigFault[], warnings: readonly ConfigWarning[]): string {
  return [...faults.map(faultLine), ...warnings.map(({ message }) => `warning: ${message}`)].join('\n');
}

/** The settings table of the README, as Markdown. */
export function settingsMarkdown(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { doc, default: fallback, secret } = settingOf(name);
    const shown = fallback === undefined || fallback === '' ? 'unset' : `\`${fallback}\``;
    return `| \`${name}\`${secret ? ' (secret)' : ''} | ${doc} | ${shown} |`;
  });
  return ['| name | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}
