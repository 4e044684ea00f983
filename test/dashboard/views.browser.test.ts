import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser.ts';
import { fillOffice } from './busy-office.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

/** Where pictures of each view are put, for people to look at; none are made by default. */
const PICTURES = process.env['DASHBOARD_PICTURES'];

const LOOKS = [
  { look: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { look: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { look: 'mobile', colorScheme: 'light', viewport: { width: 375, height: 812 } },
] as const;

describeInBrowser('every view, in light, in dark and on a phone', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  it.each(LOOKS)(
    'can be used by everybody: $look',
    async ({ look, ...options }) => {
      const open = await dashboard.open({ ...options, reducedMotion: 'reduce' });
      const { page } = open;
      try {
        for (const [name, visit] of VIEWS) {
          await visit(open);
          await keepPicture(page, `${look}-${name}`);
          // Without frames, which the page's policy forbids, no second page is needed to bring results together.
          const { violations } = await new AxeBuilder({ page })
            .setLegacyMode()
            .options({ resultTypes: ['violations'] })
            .analyze();
          const found = violations.map(
            ({ id, nodes }) => `${name}: ${id} at ${nodes.map((node) => node.html).join(' ')}`,
          );
          expect(found).toEqual([]);
          expect({ view: name, scrollsSideways: await page.evaluate(SCROLLS_SIDEWAYS) }).toEqual({
            view: name,
            scrollsSideways: false,
          });
        }
        const unexpected = open.complaints.filter((text) => !EXPECTED.test(text));
        expect(unexpected).toEqual([]);
      } finally {
        await open.close();
      }
    },
    120_000,
  );
});

const SCROLLS_SIDEWAYS = 'document.documentElement.scrollWidth > innerWidth';

/** The browser notes each refusal that a view is shown for. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|404|409|422)/;

const VIEWS: readonly (readonly [string, (open: OpenDashboard) => Promise<void>])[] = [
  [
    'sign-in',
    async ({ page, office }) => {
      await page.goto(`${office.api.url}/`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    },
  ],
  [
    'nothing-connected',
    async ({ page, signIn }) => {
      await signIn();
      await page.getByText('Follow Up Boss').waitFor();
    },
  ],
  [
    'connect',
    async ({ page }) => {
      await page.getByRole('link', { name: 'Connect MRI Vault' }).click();
      await page.getByLabel('API key').fill('a key');
      await page.getByLabel('Instance address').fill('http://10.0.0.1');
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.locator('.field-fault').first().waitFor();
    },
  ],
  [
    'overview',
    async ({ page, office }) => {
      await fillOffice(office);
      await page.goto(`${office.api.url}/#/`);
      await page.reload();
      await page.getByRole('heading', { name: 'Something needs your attention' }).waitFor();
      await page.getByText('Live').waitFor();
      await page.getByRole('link', { name: 'Alice Ngata' }).first().waitFor();
    },
  ],
  [
    'full-sync',
    async ({ page, office }) => {
      await page.getByRole('button', { name: 'Sync now' }).click();
      await page.getByRole('progressbar').waitFor();
      const open = await office.api.store.runs.findOpen((await office.api.connection()).connectionId);
      await office.api.runs.patch(open?.runId ?? '', {
        total: 5_000,
        unchanged: { contact: 1_204, property: 0, deal: 0 },
      });
      await page.getByText('1,204 of 5,000 records').waitFor();
    },
  ],
  [
    'disconnect',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Disconnect' }).click();
      await page.getByRole('dialog').waitFor();
    },
  ],
  [
    'records',
    async ({ page, office }) => {
      await page.keyboard.press('Escape');
      await page.goto(`${office.api.url}/#/records`);
      await page.getByText('Grace Liu').waitFor();
    },
  ],
  [
    'record',
    async ({ page, office }) => {
      await page.goto(`${office.api.url}/#/records/contact/c-alice`);
      await page.getByRole('heading', { name: 'History' }).waitFor();
    },
  ],
  [
    'refused-record',
    async ({ page, office }) => {
      await page.goto(`${office.api.url}/#/records/property/p-queen`);
      await page.getByText('A suburb is required.').first().waitFor();
    },
  ],
  [
    'no-such-record',
    async ({ page, office }) => {
      await page.goto(`${office.api.url}/#/records/property/nowhere`);
      await page.getByRole('heading', { name: 'There is no such record' }).waitFor();
    },
  ],
];

async function keepPicture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
