import { afterEach, describe, expect, it } from '@jest/globals';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { startZenaCrm, type Finished } from './run-zena-crm.ts';

let sandbox: VaultSandbox;
afterEach(() => sandbox.close());

/** The program at a local vault, with credentials on its standard input. */
function check(credentials: object, yes = true): Promise<Finished> {
  const args = ['connector', 'check', 'mri_vault', '--credentials', '-', '--output', 'json'];
  const env = { ALLOWED_INSTANCE_HOSTS: new URL(sandbox.url).host };
  return startZenaCrm(yes ? [...args, '--yes'] : args, { env, stdin: JSON.stringify(credentials) }).finished;
}

describe('zena-crm connector check', () => {
  it('tries a contact at the account, and leaves nothing there', async () => {
    sandbox = await startVaultSandbox();
    const { code, stdout, stderr } = await check({ apiKey: 'sandbox-key', instanceUrl: sandbox.url });
    expect(stderr).toBe('');
    const findings = JSON.parse(stdout) as { check: string; ok: boolean }[];
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(5);
    expect(code).toBe(0);
    expect(sandbox.records('contacts')).toEqual([]);
    expect(sandbox.writes(0).map(({ kind }) => kind)).toEqual(['create', 'write', 'remove']);
  });

  it('says what is refused, and asks before anything', async () => {
    sandbox = await startVaultSandbox();
    const refused = await check({ apiKey: 'wrong-key', instanceUrl: sandbox.url });
    expect(refused.code).toBe(6);
    expect(refused.stdout).toContain('unauthorised');
    expect(refused.stdout).not.toContain('wrong-key');
    const unasked = await check({ apiKey: 'sandbox-key', instanceUrl: sandbox.url }, false);
    expect(unasked.code).toBe(2);
    expect(sandbox.records('contacts')).toEqual([]);
  });
});
