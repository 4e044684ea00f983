import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { sandboxes } from '../../src/sandbox/sandboxes.ts';
import { DEFINITIONS } from '../../src/service/create-connectors.ts';
import { runZenaCrm } from '../cli/run-zena-crm.ts';

const shown = sandboxes.filter(({ provider }) => DEFINITIONS.some(({ id }) => id === provider));

it.each(shown.slice(1).map(({ id }) => id))(
  'zena-crm demo --crm %s ends equal, by itself',
  async (id) => {
    const folder = await mkdtemp(join(tmpdir(), 'zena-demo-'));
    try {
      const run = await runZenaCrm(['demo', '--crm', id, '--exit', '--port', '0'], { cwd: folder });
      expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
      expect(run.stdout).toContain('The CRM equals Zena');
      expect(run.stdout).toMatch(/^ {2}duplicates +0$/m);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  420_000,
);
