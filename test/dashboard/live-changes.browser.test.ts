import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.ts';
import { contactBody } from '../support/builders.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

const see = (state: 'visible' | 'hidden') => `
  Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));`;

const MIA = contactBody({ name: 'Mia Stone' });

describeInBrowser('the latest changes', () => {
  let dashboard: Dashboard;
  let open: OpenDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());
  beforeEach(async () => {
    open = await dashboard.open();
    await open.office.connect();
  });
  afterEach(() => open.close());

  const lines = () => open.page.getByRole('region', { name: 'List of changes' }).getByRole('listitem');
  const live = async () => {
    await open.signIn();
    await open.page.getByText('Live', { exact: true }).waitFor();
  };

  it('arrive by themselves, newest on top, with what happened and how long it took', async () => {
    const { page, office } = open;
    await live();
    await page.getByText('Nothing yet.').waitFor();
    await office.happens('c1', MIA, { code: 'created', changed: ['email', 'firstName'], latencyMs: 320 });
    await page.getByText('Added to MRI Vault').waitFor();
    expect(await lines().first().innerText()).toMatch(
      /Mia Stone[^]*Added to MRI Vault · email, first name[^]*320 ms/,
    );
    await office.happens('c2', contactBody({ name: 'Noah Reid' }), {
      code: 'rejected',
      errors: [{ field: 'phone', message: 'Too short.' }],
      latencyMs: null,
    });
    await page.getByText('MRI Vault refused it').waitFor();
    expect(await lines().first().innerText()).toMatch(/Noah Reid[^]*phone: Too short\./);
    expect(open.complaints).toEqual([]);
  });

  it('are there from before the page was opened', async () => {
    await open.office.happens('c1', MIA, { code: 'adopted' });
    await live();
    await open.page.getByText('Found in MRI Vault and linked').waitFor();
  });

  it('wait while the list is held, and none is lost', async () => {
    const { page, office } = open;
    await live();
    await office.happens('c1', MIA, { code: 'created' });
    await page.getByText('Added to MRI Vault').waitFor();
    await page.getByRole('button', { name: 'Pause the list' }).click();
    await office.happens('c1', MIA, { code: 'updated' });
    await office.happens('c1', MIA, { code: 'deleted' });
    const show = page.getByRole('button', { name: 'Show 2 new changes' });
    await show.waitFor();
    expect(await lines().count()).toBe(1);
    await show.click();
    await page.getByText('Removed from MRI Vault').waitFor();
    expect(await lines().count()).toBe(3);
  });

  it('are kept to the newest 200', async () => {
    const { page, office } = open;
    await live();
    for (let n = 0; n < 210; n += 1) await office.happens(`c${n}`, contactBody({ name: `Person ${n}` }), {});
    await page.getByRole('link', { name: 'Person 209' }).waitFor();
    await page.getByRole('link', { name: 'Person 9', exact: true }).waitFor({ state: 'detached' });
    expect(await lines().count()).toBe(200);
  });

  it('let the line go while nobody looks, and catch up with each once', async () => {
    const { page, office } = open;
    await live();
    await office.happens('c1', MIA, { code: 'created' });
    await page.getByText('Added to MRI Vault').waitFor();
    await page.evaluate(see('hidden'));
    await office.happens('c1', MIA, { code: 'updated' });
    await page.evaluate(see('visible'));
    await page.getByText('Updated in MRI Vault').waitFor();
    expect(await lines().count()).toBe(2);
  });

  it('say that the line broke and go on from there, with nothing lost and nothing twice', async () => {
    const { page, office } = open;
    await live();
    await office.happens('c1', MIA, { code: 'created' });
    await page.getByText('Added to MRI Vault').waitFor();
    // Every new stream is refused, and so is the old one's connection once it is told to go.
    await page.route('**/api/events**', (route) => route.abort());
    office.api.app.server.closeAllConnections();
    await page.getByText('Reconnecting…').waitFor();
    await office.happens('c1', MIA, { code: 'updated' });
    await page.unroute('**/api/events**');
    await page.getByText('Updated in MRI Vault').waitFor();
    expect(await lines().count()).toBe(2);
  });
});
