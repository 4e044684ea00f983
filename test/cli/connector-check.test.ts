import { afterEach, describe, expect, it } from '@jest/globals';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { sandboxes } from '../../src/sandbox/sandboxes.ts';
import { startZenaCrm, type Finished } from './run-zena-crm.ts';

let sandbox: VaultSandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

/** The program at a local vault, with credentials on its standard input. */
function check(credentials: object, yes = true): Promise<Finished> {
  const args = ['connector', 'check', 'mri_vault', '--credentials', '-', '--output', 'json'];
  const env = { ALLOWED_INSTANCE_HOSTS: new URL(sandbox?.url ?? '').host };
  return startZenaCrm(yes ? [...args, '--yes'] : args, { env, stdin: JSON.stringify(credentials) }).finished;
}

describe('zena-crm connector check', () => {
  it('tries a contact at the account, and leaves nothing there', async () => {
    const vault = await startVaultSandbox();
    sandbox = vault;
    const { code, stdout, stderr } = await check({ apiKey: 'sandbox-key', instanceUrl: vault.url });
    expect(stderr).toBe('');
    const findings = JSON.parse(stdout) as { check: string; ok: boolean }[];
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(5);
    expect(code).toBe(0);
    expect(vault.records('contacts')).toEqual([]);
    expect(vault.writes(0).map(({ kind }) => kind)).toEqual(['create', 'write', 'remove']);
  });

  it('says what is refused, and asks before anything', async () => {
    const vault = await startVaultSandbox();
    sandbox = vault;
    const refused = await check({ apiKey: 'wrong-key', instanceUrl: vault.url });
    expect(refused.code).toBe(6);
    expect(refused.stdout).toContain('unauthorised');
    expect(refused.stdout).not.toContain('wrong-key');
    const unasked = await check({ apiKey: 'sandbox-key', instanceUrl: vault.url }, false);
    expect(unasked.code).toBe(2);
    expect(vault.records('contacts')).toEqual([]);
  });
});

describe.each(sandboxes)('zena-crm connector check at the sandbox $id', ({ provider, start }) => {
  it('has each verb of a contact answered over sockets, as it should be', async () => {
    const apiKey = 'a-long-key-of-the-check';
    const { credentials, env, close } = await start({ port: 0, host: '127.0.0.1', apiKey });
    try {
      const args = ['connector', 'check', provider, '--credentials', '-', '--output', 'json', '--yes'];
      const { code, stdout, stderr } = await startZenaCrm(args, { env, stdin: JSON.stringify(credentials) })
        .finished;
      const findings = (stdout === '' ? [] : JSON.parse(stdout)) as { ok: boolean }[];
      expect({ stderr, problems: findings.filter(({ ok }) => !ok) }).toEqual({ stderr: '', problems: [] });
      expect(code).toBe(0);
    } finally {
      await close();
    }
  });
});
