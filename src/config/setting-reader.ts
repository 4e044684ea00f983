import { type KindValue, type Parsed, SETTING_KINDS } from './setting-kinds.ts';
import { SETTING_NAMES, settingOf, type SettingName, type Settings } from './settings.ts';

/** A fault of the configuration: which setting, what is wrong, and what to do. Never holds a secret. */
export interface ConfigFault {
  readonly name: string;
  readonly code: 'REQUIRED' | 'INVALID' | 'CONFLICT' | 'UNREADABLE_FILE';
  readonly message: string;
  readonly remedy: string;
}

/** Where a setting's value came from, and the value as it may be shown. */
export interface ShownSetting {
  readonly name: SettingName;
  readonly source: 'environment' | 'file' | 'default' | 'unset';
  readonly shown: string | null;
}

/** Reads a text file or throws the system's error. */
export type ReadFile = (path: string) => string;

type ValueOf<N extends SettingName> = KindValue<Settings[N]['kind']>;
type DefaultedName = {
  [N in SettingName]: Settings[N] extends { readonly default: string } ? N : never;
}[SettingName];

interface RawText {
  readonly text: string;
  readonly source: 'environment' | 'file';
}

/** Reads settings one by one and gathers every fault instead of stopping at the first. */
export interface SettingReader {
  /** The value; null when it is unset or faulty. */
  optional<N extends SettingName>(name: N): ValueOf<N> | null;
  /** The value; the table's default when it is unset or faulty. */
  defaulted<N extends DefaultedName>(name: N): ValueOf<N>;
  /** Whether the environment gives it, validly or not. */
  isGiven(name: SettingName): boolean;
  fault(name: SettingName, code: ConfigFault['code'], message: string, remedy: string): void;
  readonly faults: readonly ConfigFault[];
  /** Every setting of the table, as it may be shown. */
  shown(): readonly ShownSetting[];
}

/** Makes a reader over an environment. Empty variables count as unset. */
export function createSettingReader(env: NodeJS.ProcessEnv, readFile: ReadFile): SettingReader {
  const faults: ConfigFault[] = [];
  const fault: SettingReader['fault'] = (name, code, message, remedy) => {
    faults.push({ name, code, message: `${name} ${message}`, remedy });
  };
  const isGiven = (name: SettingName) =>
    given(env, name) || (settingOf(name).secret === true && given(env, `${name}_FILE`));

  const read = (name: SettingName): { parsed: Parsed<unknown>; source: RawText['source'] } | null => {
    const raw = rawText(env, name, readFile, fault);
    if (raw === null) return null;
    const parsed = SETTING_KINDS[settingOf(name).kind](raw.text);
    if (!parsed.ok) fault(name, 'INVALID', parsed.message, parsed.remedy);
    return { parsed, source: raw.source };
  };
  const results = new Map<SettingName, ReturnType<typeof read>>();
  const once = (name: SettingName) => {
    if (!results.has(name)) results.set(name, read(name));
    return results.get(name) ?? null;
  };
  // The table gives each name its kind and the kind its parser, so the value has the type of the name.
  const optional = <N extends SettingName>(name: N): ValueOf<N> | null => {
    const result = once(name);
    return result?.parsed.ok ? (result.parsed.value as ValueOf<N>) : null;
  };

  return {
    optional,
    defaulted: (name) => optional(name) ?? defaultOf(name),
    isGiven,
    fault,
    faults,
    shown: () =>
      SETTING_NAMES.map((name): ShownSetting => {
        const result = once(name);
        const { default: fallback, secret } = settingOf(name);
        if (result?.parsed.ok) {
          return { name, source: result.source, shown: secret ? '[secret]' : result.parsed.shown };
        }
        return fallback === undefined
          ? { name, source: 'unset', shown: null }
          : { name, source: 'default', shown: fallback };
      }),
  };
}

function given(env: NodeJS.ProcessEnv, name: string): boolean {
  return (env[name] ?? '').trim() !== '';
}

function rawText(
  env: NodeJS.ProcessEnv,
  name: SettingName,
  readFile: ReadFile,
  fault: SettingReader['fault'],
): RawText | null {
  const { secret, kind } = settingOf(name);
  const direct = env[name] ?? '';
  const path = secret ? (env[`${name}_FILE`] ?? '').trim() : '';
  if (direct.trim() !== '' && path !== '') {
    fault(name, 'CONFLICT', `and ${name}_FILE are both set`, 'Keep one of them.');
    return null;
  }
  const inFile = (from: string, remedy: string): RawText | null => {
    try {
      return { text: readFile(from).replace(/\r?\n$/, ''), source: 'file' };
    } catch (error) {
      // The path is not repeated: the secret itself may stand there by mistake.
      fault(name, 'UNREADABLE_FILE', `names a file that can't be read (${systemCode(error)})`, remedy);
      return null;
    }
  };
  if (path !== '') return inFile(path, `Make the file of ${name}_FILE readable by this process.`);
  if (direct.trim() === '') return null;
  if (kind === 'pem' && !direct.includes('-----BEGIN ')) {
    return inFile(direct.trim(), 'Give PEM text (-----BEGIN …) or the path of a readable PEM file.');
  }
  return { text: secret ? direct : direct.trim(), source: 'environment' };
}

function systemCode(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}

function defaultOf<N extends DefaultedName>(name: N): ValueOf<N> {
  const { kind, default: text = '' } = settingOf(name);
  const parsed: Parsed<unknown> = SETTING_KINDS[kind](text);
  if (!parsed.ok) throw new TypeError(`The default of ${name} ${parsed.message}`);
  return parsed.value as ValueOf<N>;
}
