import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const contact = (entityId: string, name: string, version: number) => ({
  entity: 'contact',
  entityId,
  userId: 'user-1',
  version,
  operation: 'UPSERT',
  eventId: `${entityId}-${version}`,
  occurredAt: '2026-03-04T10:00:00.000Z',
  contact: {
    name,
    emails: [`${entityId}@example.test`],
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  },
});

describeInBrowser('an agent’s first day, on the whole service with a sandbox CRM', () => {
  let running: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    // The service serves the build where installing puts it.
    await promisify(execFile)(process.execPath, ['scripts/build-dashboard.js'], { cwd: ROOT });
    [running, browser] = await Promise.all([startRunningService(), launchBrowser()]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await running.stop();
  });

  it('signs in, connects, brings everything over and sees a change arrive', async () => {
    const { service, sandbox } = running;
    const publish = (...changes: unknown[]) =>
      running.call('POST', '/api/changes', changes, { scopes: ['changes:write'] });
    await publish(contact('c-1', 'Mia Stone', 1), contact('c-2', 'Noah Reid', 1));
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));

    const code = service.issueCode({ userId: 'user-1', scopes: new Set(), expiresAt: Date.now() + 600_000 });
    await page.goto(`${service.url}/#code=${code}`);
    await page.getByRole('link', { name: 'Connect MRI Vault' }).click();
    await page.getByLabel('API key').fill('sandbox-key');
    await page.getByLabel('Instance address').fill(sandbox.url);
    await page.getByRole('button', { name: 'Connect' }).click();

    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('2 contacts, 0 properties and 0 deals are up to date in MRI Vault').waitFor();
    expect(sandbox.records('contacts')).toHaveLength(2);

    await publish(contact('c-1', 'Mia Stone-Clark', 2));
    const changes = page.getByRole('region', { name: 'List of changes' });
    await changes.getByText('Updated in MRI Vault').waitFor();
    await changes.getByRole('link', { name: 'Mia Stone-Clark' }).click();
    await page.getByRole('region', { name: 'History' }).getByText('Added to MRI Vault').waitFor();
    await page.getByRole('region', { name: 'What MRI Vault has' }).getByText('Stone-Clark').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});
