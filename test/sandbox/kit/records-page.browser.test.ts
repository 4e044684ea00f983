import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startVaultSandbox, type VaultSandbox } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';

let sandbox: VaultSandbox;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  sandbox = await startVaultSandbox();
  page = await (await browser.newContext()).newPage();
});
afterEach(async () => {
  await page.context().close();
  await sandbox.close();
});

describe('the page of what the CRM holds', () => {
  it('shows new records by itself, but not while it is paused', async () => {
    const faults: string[] = [];
    let loads = 0;
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => (loads += request.url().endsWith('/_sandbox/') ? 1 : 0));
    await page.clock.install();
    await page.goto(`${sandbox.url}/_sandbox/`);

    sandbox.seed('contacts', [{ firstName: 'Anna' }]);
    await page.clock.runFor(2000);
    await page.getByRole('cell', { name: 'Anna' }).waitFor();

    await page.getByRole('button', { name: 'Pause updates' }).click();
    loads = 0;
    await page.clock.runFor(10_000);
    expect(loads).toBe(0);

    sandbox.seed('contacts', [{ firstName: 'Ben' }]);
    await page.getByRole('button', { name: 'Resume updates' }).click();
    await page.clock.runFor(2000);
    await page.getByRole('cell', { name: 'Ben' }).waitFor();
    expect(faults.filter((fault) => !fault.includes('favicon'))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has no accessibility fault in %s', async (colorScheme) => {
    sandbox.seed('contacts', [{ firstName: 'Anna', email: 'anna@example.com' }]);
    sandbox.misbehave({ fault: { kind: 'slowDrip' } });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${sandbox.url}/_sandbox/`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
