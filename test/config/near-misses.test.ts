import { describe, expect, it } from '@jest/globals';
import { findNearMisses } from '../../src/config/near-misses.ts';
import { settingsMarkdown } from '../../src/config/print-config.ts';
import { SETTING_NAMES } from '../../src/config/settings.ts';

const suggestions = (...names: string[]) =>
  findNearMisses(Object.fromEntries(names.map((name) => [name, 'x']))).map(({ suggestion }) => suggestion);

describe('near misses', () => {
  it.each([
    ['MONGO_URL', 'MONGODB_URL'],
    ['KAFKA_BROKER', 'KAFKA_BROKERS'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS'],
    ['kafka_brokers', 'KAFKA_BROKERS'],
    ['ENCRYPTON_KEY', 'ENCRYPTION_KEY'],
    ['ENCRYPTION_KEY_RETIRED', 'ENCRYPTION_KEYS_RETIRED'],
    ['JWT_SECERT', 'JWT_SECRET'],
    ['JWT_SECRET_FIEL', 'JWT_SECRET_FILE'],
    ['TOPIC_PROPERTY', 'TOPIC_PROPERTIES'],
    ['LOGLEVEL', 'LOG_LEVEL'],
  ])('suggests for %s the name %s', (name, suggestion) => {
    expect(suggestions(name)).toEqual([suggestion]);
  });

  it('leaves the names of other programs and our own alone', () => {
    const others = [
      'HOME',
      'PATH',
      'HOSTNAME',
      'MODEL',
      'PORTS',
      'NODE_ENV',
      'KAFKA_HEAP_OPTS',
      'MONGODB_PORT',
    ];
    expect(suggestions(...others, 'npm_config_cache', 'LOGNAME', '__proto__', 'constructor')).toEqual([]);
    expect(suggestions(...SETTING_NAMES, 'JWT_SECRET_FILE')).toEqual([]);
  });
});

describe("the README's table", () => {
  it('has a row for every setting', () => {
    const rows = settingsMarkdown().split('\n').slice(2);
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(SETTING_NAMES);
  });
});
