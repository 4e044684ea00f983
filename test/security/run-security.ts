import { readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { securityReport } from './security-report.ts';
import { mutateDefences } from './mutate-defences.ts';
import { MUTATIONS } from './mutations.ts';
import { runJest } from './run-jest.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Beside all of this folder: suites of attacks that stand with what they attack. */
const ELSEWHERE = [
  ...['outbound-guard', 'guarded-lookup', 'axios-transport', 'tls'].map(
    (name) => `test/wire/${name}.test.ts`,
  ),
  ...['token-verifier', 'key-set-verifier'].map((name) => `test/auth/${name}.test.ts`),
  ...['tenancy', 'session', 'failed-sign-ins', 'client-address', 'turns'].map(
    (name) => `test/http/access/${name}.test.ts`,
  ),
  ...['limits', 'body-limits'].map((name) => `test/http/requests/${name}.test.ts`),
  'test/http/streams/slow-readers.test.ts',
  'test/config/allowed-hosts.test.ts',
  'test/cli/hostile-output.test.ts',
  'test/credentials/credential-vault.property.test.ts',
  'test/integrations/account-proof.test.ts',
  'test/service/disconnect-destroys.test.ts',
  ...['answer-sizes', 'echoed-secrets'].map((name) => `test/security/answers/${name}.test.ts`),
];

/** Tests of these tools, which attack nothing. */
const ABOUT_ITSELF = ['mutations.test.ts', 'security-report.test.ts'];

const here = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts') && !ABOUT_ITSELF.includes(name))
  .map((name) => `test/security/${name}`);
const { tests, broken } = await runJest(ROOT, [...here, ...ELSEWHERE].toSorted());
const failed = tests.filter(({ passed }) => !passed);
console.log(`${tests.length - failed.length} of ${tests.length} cases held`);
for (const { file, blocks, name } of failed) console.log(`FAILED ${file} ${[...blocks, name].join(' > ')}`);
for (const file of broken) console.log(`BROKEN ${file}`);

const ends = await mutateDefences(MUTATIONS, ({ mutation, end }) => {
  console.log(`${end.padEnd(8)} ${mutation.defence}`);
});
writeFileSync(resolve(ROOT, 'docs/security.md'), securityReport(tests, broken, ends));
const held = failed.length === 0 && broken.length === 0 && ends.every(({ end }) => end === 'red');
process.exitCode = held ? 0 : 1;
