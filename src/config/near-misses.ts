import type { DeclaredSetting } from './declared-settings.ts';
import { SETTING_NAMES, settingOf, type SettingName } from './settings.ts';

/** A variable that nobody reads, and the setting it was probably meant to be. */
export interface NearMiss {
  readonly name: string;
  readonly suggestion: string;
  readonly message: string;
}

/** Names from other programs' habits that no spelling rule would find. */
const HABITS: Readonly<Record<string, SettingName>> = {
  MONGO_URL: 'MONGODB_URL',
  MONGO_URI: 'MONGODB_URL',
  MONGODB_URI: 'MONGODB_URL',
  MONGODB_CONNECTION_STRING: 'MONGODB_URL',
  KAFKA_BROKER: 'KAFKA_BROKERS',
  KAFKA_URL: 'KAFKA_BROKERS',
  KAFKA_HOSTS: 'KAFKA_BROKERS',
  KAFKA_BROKER_LIST: 'KAFKA_BROKERS',
  KAFKA_BOOTSTRAP_SERVERS: 'KAFKA_BROKERS',
  KAFKA_TLS: 'KAFKA_SSL',
  KAFKA_CONSUMER_GROUP: 'KAFKA_GROUP_ID',
  KAFKA_USERNAME: 'KAFKA_SASL_USERNAME',
  KAFKA_PASSWORD: 'KAFKA_SASL_PASSWORD',
  REGISTRY_URL: 'SCHEMA_REGISTRY_URL',
  KAFKA_SCHEMA_REGISTRY_URL: 'SCHEMA_REGISTRY_URL',
  JWKS_URL: 'JWT_JWKS_URL',
  JWKS_URI: 'JWT_JWKS_URL',
  JWT_KEY: 'JWT_SECRET',
  JWT_SECRET_KEY: 'JWT_SECRET',
  ENCRYPTION_SECRET: 'ENCRYPTION_KEY',
  TOPIC_CONTACT: 'TOPIC_CONTACTS',
  TOPIC_PROPERTY: 'TOPIC_PROPERTIES',
  TOPIC_DEAL: 'TOPIC_DEALS',
  TOPIC_DLQ: 'TOPIC_DEAD_LETTERS',
  RETENTION_DLQ: 'RETENTION_DEAD_LETTERS',
  ALLOWED_HOSTS: 'ALLOWED_INSTANCE_HOSTS',
  TRUSTED_PROXIES: 'TRUST_PROXY',
  FORWARDED_ALLOW_IPS: 'TRUST_PROXY',
};

/** Below this length too many foreign names are one letter away (MODEL, PORTS). */
const SHORTEST = 8;
const FARTHEST = 2;

const namesOf = (name: string, isSecret: boolean): string[] => (isSecret ? [name, `${name}_FILE`] : [name]);
const TABLE = SETTING_NAMES.flatMap((name) => namesOf(name, settingOf(name).secret === true));

/** Finds the variables that look like a misspelt setting; names that merely belong to others are left alone. */
export function findNearMisses(
  env: NodeJS.ProcessEnv,
  declared: readonly DeclaredSetting[] = [],
): readonly NearMiss[] {
  const targets = new Set([...TABLE, ...declared.flatMap(({ name, secret }) => namesOf(name, secret))]);
  return Object.keys(env)
    .filter((name) => !targets.has(name))
    .flatMap((name) => {
      const suggestion = suggest(name.toUpperCase(), targets);
      return suggestion === null
        ? []
        : [{ name, suggestion, message: `${name} is not read by this program; did you mean ${suggestion}?` }];
    });
}

function suggest(name: string, targets: ReadonlySet<string>): string | null {
  if (targets.has(name) && name.length >= SHORTEST) return name;
  const habit = Object.hasOwn(HABITS, name) ? HABITS[name] : undefined;
  if (habit !== undefined) return habit;
  let best: string | null = null;
  let bestDistance = FARTHEST + 1;
  for (const target of targets) {
    if (target.length < SHORTEST || Math.abs(target.length - name.length) > FARTHEST) continue;
    const distance = editDistance(name, target);
    if (distance < bestDistance) [best, bestDistance] = [target, distance];
  }
  return best;
}

/**
 * The number of inserted, deleted, replaced or swapped neighbouring characters between two words
 * (optimal string alignment).
 */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (current[column - 1] ?? 0) + 1,
        (last[column] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
