import { type Secret, secret } from './secret.ts';
import { type KindValue, type Parsed, SETTING_KINDS } from './setting-kinds.ts';
import { type DeclaredSetting, rowOfDeclared } from './declared-settings.ts';
import { type Setting, SETTING_NAMES, settingOf, type SettingName, type Settings } from './settings.ts';

/** A fault of the configuration: which setting, what is wrong, and what to do. Never holds a secret. */
export interface ConfigFault {
  readonly name: string;
  readonly code: 'REQUIRED' | 'INVALID' | 'CONFLICT' | 'UNREADABLE_FILE';
  readonly message: string;
  readonly remedy: string;
}

/** Where a setting's value came from, and the value as it may be shown. */
export interface ShownSetting {
  readonly name: string;
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
  /** The value of a setting that a connector declares; null when it is unset or faulty. */
  declared(setting: DeclaredSetting): Secret | null;
  /** Whether the environment gives it, validly or not. */
  isGiven(name: SettingName): boolean;
  fault(name: string, code: ConfigFault['code'], message: string, remedy: string): void;
  readonly faults: readonly ConfigFault[];
  /** Every setting of the table, then the declared ones, as they may be shown. */
  shown(): readonly ShownSetting[];
}

/** Makes a reader over an environment. Empty variables count as unset. */
export function createSettingReader(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  declared: readonly DeclaredSetting[] = [],
): SettingReader {
  const rows = new Map<string, Setting>(declared.map((setting) => [setting.name, rowOfDeclared(setting)]));
  const rowOf = (name: string): Setting => rows.get(name) ?? settingOf(name as SettingName);
  const faults: ConfigFault[] = [];
  const fault: SettingReader['fault'] = (name, code, message, remedy) => {
    faults.push({ name, code, message: `${name} ${message}`, remedy });
  };
  const isGiven = (name: SettingName) =>
    given(env, name) || (settingOf(name).secret === true && given(env, `${name}_FILE`));

  const read = (name: string): { parsed: Parsed<unknown>; source: RawText['source'] } | null => {
    const row = rowOf(name);
    const raw = rawText(env, { name, ...row }, readFile, fault);
    if (raw === null) return null;
    const parsed = SETTING_KINDS[row.kind](raw.text);
    if (!parsed.ok) fault(name, 'INVALID', parsed.message, parsed.remedy);
    return { parsed, source: raw.source };
  };
  const results = new Map<string, ReturnType<typeof read>>();
  const once = (name: string) => {
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
    declared({ name }) {
      const result = once(name);
      if (!result?.parsed.ok) return null;
      const { value } = result.parsed;
      return typeof value === 'string' ? secret(value) : (value as Secret);
    },
    isGiven,
    fault,
    faults,
    shown: () =>
      [...SETTING_NAMES, ...rows.keys()].map((name): ShownSetting => {
        const result = once(name);
        const { default: fallback, secret: isSecret } = rowOf(name);
        if (result?.parsed.ok) {
          return { name, source: result.source, shown: isSecret ? '[secret]' : result.parsed.shown };
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
  { name, secret: isSecret, kind }: Setting & { readonly name: string },
  readFile: ReadFile,
  fault: SettingReader['fault'],
): RawText | null {
  const direct = env[name] ?? '';
  const path = isSecret ? (env[`${name}_FILE`] ?? '').trim() : '';
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
  return { text: isSecret ? direct : direct.trim(), source: 'environment' };
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
