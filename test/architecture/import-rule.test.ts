import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['src', 'bench', 'dashboard/src'];

/** Each line breaks the rule that it names: file, what it imports, rule. */
const BREACHES = [
  ['src/domain/deciding/plan.ts', '../../state-store/state-store.port.ts', 'domain-imports'],
  ['src/domain/link.ts', '../runtime/clock.ts', 'domain-imports'],
  ['src/domain/entity.ts', 'node:crypto', 'domain-uses-no-built-in'],
  ['src/domain/run.ts', 'kafkajs', 'core-uses-no-package'],
  ['src/state-store/state-store.port.ts', './sqlite/session.ts', 'ports-import-the-core'],
  ['src/delivering/crm-sessions.port.ts', '../runtime/clock.ts', 'ports-import-the-core'],
  ['src/delivering/deliver.ts', '../wire/axios-transport.ts', 'delivering-imports'],
  ['src/delivering/loop.ts', 'node:http', 'core-does-no-io'],
  ['src/ingest/ingest.ts', '../change-feed/kafka/feed.ts', 'ingest-imports'],
  ['src/integrations/connect.ts', '../credentials/sealing.ts', 'integrations-imports'],
  ['src/http/app.ts', '../state-store/sqlite/session.ts', 'http-imports'],
  ['src/http/health.ts', '../sandbox/api.ts', 'http-imports'],
  ['src/http/metrics.ts', 'mongodb', 'home-of-mongodb'],
  ['src/connectors/one/client.ts', '../two/client.ts', 'adapters-do-not-know-each-other'],
  ['src/state-store/mongo/store.ts', '../sqlite/session.ts', 'adapters-do-not-know-each-other'],
  ['src/wire/transport.port.ts', '../config/config.ts', 'ports-import-the-core'],
  ['src/wire/axios-transport.ts', '../config/config.ts', 'wire-imports'],
  ['src/sandbox/api.ts', '../domain/deciding/plan.ts', 'sandbox-imports'],
  ['src/sandbox/kit/journal.ts', '../one/api.ts', 'sandboxes-do-not-know-each-other'],
  ['src/sandbox/one/api.ts', '../two/api.ts', 'sandboxes-do-not-know-each-other'],
  ['src/cli/status.ts', '../http/app.ts', 'cli-imports'],
  ['src/demo/run.ts', '../cli/status.ts', 'demo-imports'],
  ['src/client/api-client.ts', '../service/start.ts', 'client-imports'],
  ['src/terminal/confirm.ts', '../client/api-client.ts', 'terminal-imports'],
  ['src/runtime/signals.ts', '../terminal/style.ts', 'runtime-imports'],
  ['src/auth/session.ts', '../service/start.ts', 'no-import-of-the-root'],
  ['dashboard/src/app.ts', '../../src/domain/deciding/plan.ts', 'dashboard-imports'],
  ['src/newcomer/thing.ts', '../domain/deciding/plan.ts', 'only-the-composition-root-is-left'],
  ['src/runtime/clock.ts', '../../test/support/builders.ts', 'no-import-from-tests'],
  ['src/runtime/random.ts', '../../bench/harness/report.ts', 'no-import-of-benchmarks'],
  ['src/runtime/logger.ts', 'fast-check', 'no-development-package'],
  ['src/runtime/metrics.ts', './nowhere.ts', 'no-missing-file'],
  ['src/config/one.ts', './two.ts', 'no-cycle'],
] as const;

/** Closes the cycle that `src/config/one.ts` begins; a cycle is reported once. */
const BACK = ['src/config/two.ts', './one.ts'] as const;

/** Imports that look like breaches and are none. */
const PERMITTED = [
  ['src/service/start.ts', '../state-store/sqlite/session.ts'],
  ['src/service/parts.ts', 'kafkajs'],
  ['src/change-feed/kafka/feed.ts', '../codec/decode.ts'],
  ['src/integrations/sync.ts', '../delivering/reconciler.port.ts'],
  ['src/domain/content-hash.ts', 'node:crypto'],
  ['src/demo/demo.ts', '../sandbox/api.ts'],
  ['src/sandbox/two/api.ts', '../kit/reply.ts'],
  ['src/cli/runs.ts', '../http/views/run-view.ts'],
] as const;

const EMPTY = [
  'bench/harness/report.ts',
  'src/change-feed/codec/decode.ts',
  'src/config/config.ts',
  'src/connectors/two/client.ts',
  'src/credentials/sealing.ts',
  'src/http/views/run-view.ts',
  'src/delivering/reconciler.port.ts',
  'src/sandbox/kit/reply.ts',
  'src/state-store/sqlite/session.ts',
  'src/terminal/style.ts',
  'test/support/builders.ts',
];

interface Breach {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('the import rule', () => {
  it('holds for the whole program', async () => {
    expect(await breachesIn(ROOT)).toEqual([]);
  });

  describe('in a tree that breaks it', () => {
    let tree: string;
    let found: readonly string[];

    beforeAll(async () => {
      tree = await mkdtemp(join(tmpdir(), 'import-rule-'));
      await copyFile(join(ROOT, 'package.json'), join(tree, 'package.json'));
      await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
      for (const path of EMPTY) await write(path, 'export {};\n');
      for (const [path, to] of [...PERMITTED, ...BREACHES, BACK])
        await write(path, `import type {} from '${to}';\n`);
      found = await breachesIn(tree);
    });

    afterAll(() => rm(tree, { recursive: true, force: true }));

    async function write(path: string, text: string): Promise<void> {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text);
    }

    it.each(BREACHES)('%s may not import %s (%s)', (from, _to, rule) => {
      expect(found).toContain(`${from} ${rule}`);
    });

    it.each(PERMITTED)('%s may import %s', (from, _to) => {
      expect(found.filter((breach) => breach.startsWith(`${from} `))).toEqual([]);
    });
  });
});

/** Runs the tool over a tree, in a process of its own: file and rule of each breach. */
async function breachesIn(tree: string): Promise<readonly string[]> {
  const tool = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const rule = join(ROOT, '.dependency-cruiser.cjs');
  const output = await new Promise<string>((resolveOutput, reject) => {
    execFile(
      process.execPath,
      [tool, ...FOLDERS, '--config', rule, '--output-type', 'json'],
      { cwd: tree, maxBuffer: 64 * 1024 * 1024 },
      // The tool's exit code is the number of breaches.
      (error, stdout, stderr) => {
        if (stdout === '') reject(new Error(stderr, { cause: error }));
        else resolveOutput(stdout);
      },
    );
  });
  const { summary } = JSON.parse(output) as { readonly summary: { readonly violations: readonly Breach[] } };
  return summary.violations.map(({ from, rule: { name } }) => `${from} ${name}`);
}
