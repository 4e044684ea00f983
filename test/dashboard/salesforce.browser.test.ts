import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { clientIdOf } from '../../src/sandbox/salesforce/oauth/client-id.ts';
import { startSfSandbox, type SfSandbox } from '../../src/sandbox/salesforce/sf-sandbox.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SECRET = 'sandbox-key';
const CRM = 'Salesforce Real Estate';

/** A port that is free now: the service has to know before it starts how browsers reach it. */
async function freePort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

describeInBrowser('a connect on Salesforce’s own page', () => {
  let org: SfSandbox;
  let running: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['scripts/build-dashboard.js'], { cwd: ROOT });
    org = await startSfSandbox({ apiKeys: [SECRET] });
    const port = String(await freePort());
    running = await startRunningService({
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ALLOWED_INSTANCE_HOSTS: new URL(org.url).host,
      SALESFORCE_CLIENT_ID: clientIdOf(SECRET),
      SALESFORCE_CLIENT_SECRET: SECRET,
      SALESFORCE_LOGIN_URL: org.url,
    });
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await running.stop();
    await org.close();
  });

  async function signIn(page: Page, userId: string): Promise<void> {
    const principal = { userId, scopes: new Set<never>(), expiresAt: Date.now() + 600_000 };
    await page.goto(`${running.service.url}/#code=${running.service.issueCode(principal)}`);
    await page.getByRole('link', { name: `Connect ${CRM}` }).click();
    await page.getByLabel('How to sign in').waitFor();
  }

  it('takes every setting along, comes back to the overview, and the connection is there', async () => {
    const page = await browser.newPage();
    await signIn(page, 'user-1');
    // Nobody types a name or a key where Salesforce asks itself.
    expect(await page.getByLabel('Consumer secret').count()).toBe(0);
    await page.getByLabel('Close date, days ahead').fill('soon');
    await page.getByRole('button', { name: `Continue at ${CRM}` }).click();
    await page.getByText('A number of days').waitFor();
    await page.getByLabel('Close date, days ahead').fill('45');
    await page.getByLabel('Account of new contacts').fill('private');
    await page.getByLabel('Deals').uncheck();
    await page.getByLabel('When something is deleted in Zena').selectOption('never');
    await page.getByRole('button', { name: `Continue at ${CRM}` }).click();
    await page.getByRole('article', { name: CRM }).getByText('Up to date').waitFor();
    expect(new URL(page.url()).search).toBe('');
    const { body } = await running.call('GET', '/api/integrations/crm/user');
    expect((body as { integrations: readonly object[] }).integrations[0]).toMatchObject({
      provider: 'salesforce',
      syncConfig: { syncContacts: true, syncDeals: false, deletions: 'never' },
    });
    await page.close();
  });

  it('offers the other ways, too', async () => {
    const page = await browser.newPage();
    await signIn(page, 'user-2');
    await page.getByLabel('How to sign in').selectOption('entered');
    await page.getByLabel('Consumer secret').waitFor();
    await page.getByRole('button', { name: 'Connect' }).waitFor();
    await page.close();
  });

  it('that Salesforce refuses says so in words, and leads back', async () => {
    const page = await browser.newPage();
    await signIn(page, 'user-3');
    const callback = `${running.service.url}/api/integrations/crm/salesforce/callback`;
    await page.goto(`${callback}?error=access_denied&error_description=end-user+denied+authorization`);
    await page.getByText('end-user denied authorization').waitFor();
    await page.goto(`${callback}?code=a-code&state=of-nobody`);
    await page.getByText('not begun in this browser').waitFor();
    await page.getByRole('link', { name: 'Back to the overview' }).click();
    await page.getByRole('link', { name: `Connect ${CRM}` }).waitFor();
    await page.close();
  });
});
