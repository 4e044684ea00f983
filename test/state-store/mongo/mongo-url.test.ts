import { describe, expect, it } from '@jest/globals';
import { databaseOf } from '../../../src/state-store/mongo/session/mongo-url.ts';
import { openMongoStore } from '../../../src/state-store/mongo/open-mongo-store.ts';

describe('a MongoDB URL', () => {
  it.each([
    ['mongodb://localhost/zena', 'zena'],
    ['mongodb://user:p%40ss@a:1,b:2,c/zena?replicaSet=rs0', 'zena'],
    ['mongodb+srv://cluster.example.net/zena-crm', 'zena-crm'],
    ['mongodb://localhost/z%C3%A9na', 'zéna'],
  ])('%s names its database', (url, database) => {
    expect(databaseOf(url)).toBe(database);
  });

  it.each([
    'mongodb://localhost',
    'mongodb://localhost/',
    'mongodb://localhost/?replicaSet=rs0',
    'mongodb://localhost?x=/zena',
    'mongodb://localhost/%E0%A4%A',
    'http://localhost/zena',
    '',
  ])('%s is refused', (url) => {
    expect(() => databaseOf(url)).toThrow(expect.objectContaining({ code: 'STORE_URL_INVALID' }));
  });

  it.each([
    ['an unescaped password', 'mongodb://user:canary/s3cret@localhost/zena'],
    ['a second @', 'mongodb://user:canary@s3cret@localhost/zena'],
    ['a bad escape', 'mongodb://user:canary%zzs3cret@localhost/zena'],
    ['an unknown option', 'mongodb://user:canary-s3cret@localhost/zena?noSuchOption=canary'],
    ['an unreadable option', 'mongodb://user:canary-s3cret@localhost/zena?maxPoolSize=canary'],
    ['two hosts where there may be one', 'mongodb://user:canary-s3cret@a,b/zena?directConnection=true'],
  ])('with %s is refused without a word of it', async (_, url) => {
    const failure = await openMongoStore({ url, deadlineMs: 200 }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'STORE_URL_INVALID' });
    expect(String(failure)).not.toMatch(/canary|s3cret|user/);
    expect(failure).not.toHaveProperty('cause');
  });
});
