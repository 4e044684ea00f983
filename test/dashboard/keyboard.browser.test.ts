import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.ts';
import { fillOffice } from './busy-office.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

const FOCUSED = '(document.activeElement?.textContent || document.activeElement?.tagName)?.trim()';
const HAS_RING = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";

describeInBrowser('without a mouse', () => {
  let dashboard: Dashboard;
  let open: OpenDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());
  beforeEach(async () => {
    open = await dashboard.open();
    await fillOffice(open.office);
    await open.signIn();
    await open.page.getByRole('article', { name: 'MRI Vault' }).waitFor();
  });
  afterEach(() => open.close());

  const press = async (key: string) => open.page.keyboard.press(key);
  const focused = () => open.page.evaluate(FOCUSED);
  /** Tabs on until the focus is on this; everything on the way shows that it has the focus. */
  const tabTo = async (text: string) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await press('Tab');
      expect(await open.page.evaluate(HAS_RING)).toBe(true);
      if ((await focused()) === text) return;
    }
    throw new Error(`the focus never came to ${text}`);
  };

  it('the first stop leads past the navigation', async () => {
    await press('Tab');
    expect(await focused()).toBe('Skip to content');
    await press('Enter');
    expect(await open.page.evaluate('document.activeElement?.id')).toBe('main');
    expect(open.page.url()).toMatch(/#\/$/);
  });

  it('everything can be reached, and the focus follows to a new page and back', async () => {
    await tabTo('Records');
    await press('Enter');
    // The page that was left links to her, too.
    await open.page.getByRole('heading', { name: 'Records', level: 1 }).waitFor();
    await open.page.getByRole('link', { name: 'Alice Ngata' }).waitFor();
    expect(await focused()).toBe('Records');
    expect(await open.page.evaluate('document.activeElement?.tagName')).toBe('H1');
    await tabTo('Alice Ngata');
    await press('Enter');
    await open.page.getByRole('button', { name: 'Deliver now' }).waitFor();
    await tabTo('Deliver now');
    await press('Enter');
    await open.page.getByText('Asked for.').waitFor();
    expect(await focused()).toBe('Deliver now');
  });

  it('a question holds the focus until it is answered', async () => {
    await tabTo('Disconnect');
    await press('Enter');
    await open.page.getByRole('dialog').waitFor();
    for (let steps = 0; steps < 6; steps += 1) {
      await press('Tab');
      const inside =
        "document.activeElement === document.body || document.activeElement?.closest('dialog') !== null";
      expect(await open.page.evaluate(inside)).toBe(true);
    }
    await press('Escape');
    await open.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Disconnect');
  });
});
