import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chooseSandboxes } from '../../src/demo/demo-crm.ts';
import { DEFINITIONS } from '../../src/service/create-connectors.ts';
import { displayWidth } from '../../src/terminal/display-width.ts';
import { runOnTerminal } from '../cli/run-program.ts';
import { runZenaCrm } from '../cli/run-zena-crm.ts';

describe('zena-crm demo --all', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zena-demo-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('brings the office into every CRM that is there, through the outage of one, and says field by field what stands where', async () => {
    const { code, stdout, stderr } = await runZenaCrm(['demo', '--all', '--exit', '--port', '0'], {
      cwd: folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Every CRM equals Zena');
    const names = chooseSandboxes({ crm: null, all: true }).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(stdout).toContain(`What ${name} holds:`);
    const last = names.at(-1) ?? '';
    expect(stdout).toContain(`${last} fails: it answers everything with 503 now`);
    expect(stdout).toContain(`${last} is not reachable: what is for it waits.`);
    expect(stdout).toContain(`Meanwhile equal: ${names.slice(0, -1).join(', ')}.`);
    expect(stdout.match(/^ {2}duplicates +0$/gm)).toHaveLength(names.length);
    // One column for each CRM; every field is equal, or isn't carried.
    const field = /^ {2}deal summary {2,}(.+)$/m.exec(stdout)?.[1]?.trim().split(/ +/u) ?? [];
    expect(field).toHaveLength(names.length);
    // Salesforce has none of Zena's stages; what stands there for them is told all the same.
    const stages = /^ {2}deal stage {2,}(.+)$/m.exec(stdout)?.[1]?.trim().split(/ +/u) ?? [];
    expect(stages[names.indexOf('Salesforce Real Estate')]).toMatch(/^\d+\/\d+$/);
    const table = stdout.slice(stdout.indexOf('field by field'), stdout.indexOf('Not carried'));
    for (const [, equal, of] of table.matchAll(/ (\d+)\/(\d+)(?= |$)/gm)) expect(equal).toBe(of);
    expect(stdout).toMatch(/^ {2}property vendors +15\/15 +–/m);
    expect(stdout).toContain('Follow Up Boss has no');
    for (const line of stdout.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  }, 300_000);

  it('takes one of each provider, and only what a connector speaks to', () => {
    const kinds = chooseSandboxes({ crm: null, all: true });
    const providers = kinds.map(({ provider }) => provider);
    expect(new Set(providers).size).toBe(providers.length);
    for (const provider of providers) expect(DEFINITIONS.some(({ id }) => id === provider)).toBe(true);
    expect(chooseSandboxes({ crm: 'vaultre', all: false }).map(({ id }) => id)).toEqual(['vaultre']);
  });

  it('says which CRMs there are where another is asked for', async () => {
    const unknown = await runOnTerminal(['demo', '--crm', 'nobody']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('mri_vault, follow_up_boss, kvcore, salesforce, top_producer, vaultre');
    const both = await runOnTerminal(['demo', '--crm', 'vaultre', '--all']);
    expect(both.code).toBe(2);
  });
});
