import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.ts';
import { contactBody } from '../support/builders.ts';
import { ALICE, fillOffice } from './busy-office.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

describeInBrowser('records', () => {
  let dashboard: Dashboard;
  let open: OpenDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());
  beforeEach(async () => {
    open = await dashboard.open();
  });
  afterEach(() => open.close());

  const record = (name: string) => open.page.getByRole('link', { name, exact: true });
  const visit = async (address: string) => {
    await open.signIn();
    await open.page.goto(`${open.office.api.url}/${address}`);
  };

  it('are found by what is typed and by filters, which the address keeps', async () => {
    const { page, office } = open;
    await fillOffice(office);
    await visit('#/records');
    await record('Ben Carter').waitFor();
    await page.getByLabel('Search').fill('queen');
    await record('12 Queen Street, Ponsonby').waitFor();
    await record('Ben Carter').waitFor({ state: 'hidden' });
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Kind').selectOption('Deals');
    await record('Ngata, 12 Queen Street').waitFor();
    await record('Alice Ngata').waitFor({ state: 'hidden' });
    expect(page.url()).toMatch(/#\/records\?kind=deal$/);
    await page.getByLabel('State').selectOption('In sync');
    await page.getByText('Nothing fits.').waitFor();
    await page.reload();
    await page.getByText('Nothing fits.').waitFor();
    expect(await page.getByLabel('State').inputValue()).toBe('linked');
    await page.getByLabel('Search').fill('nobody at all');
    await page.getByRole('link', { name: 'Show all records' }).click();
    await record('Alice Ngata').waitFor();
    expect(await page.getByLabel('Search').inputValue()).toBe('');
    expect(await page.getByLabel('State').inputValue()).toBe('');
    expect(open.complaints).toEqual([]);
  });

  it('come page after page', async () => {
    const { page, office } = open;
    await office.connect();
    for (let n = 100; n < 170; n += 1) {
      await office.add(`c${n}`, contactBody({ name: `Person ${n}` }), {
        state: 'linked',
        remoteId: String(n),
      });
    }
    await visit('#/records');
    await record('Person 149').waitFor();
    expect(await record('Person 150').count()).toBe(0);
    await page.getByRole('button', { name: 'Show more' }).click();
    await record('Person 169').waitFor();
    await record('Person 100').waitFor();
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  it('tell their history: what was sent, skipped or refused, and why', async () => {
    const { page, office } = open;
    await fillOffice(office);
    await visit('#/records');
    await record('Alice Ngata').click();
    await page.getByRole('heading', { name: 'Alice Ngata' }).waitFor();
    expect(page.url()).toMatch(/#\/records\/contact\/c-alice$/);
    const history = page.getByRole('region', { name: 'History' }).getByRole('listitem');
    expect(await history.allInnerTexts()).toEqual([
      expect.stringMatching(/Updated in MRI Vault · phone, notes[^]*184 ms/),
      expect.stringMatching(/Didn’t go through; trying again soon[^]*The CRM answered 503\./),
      expect.stringMatching(/Found in MRI Vault and linked[^]*Found by its e-mail\.[^]*412 ms/),
    ]);
    await page
      .getByRole('region', { name: 'What MRI Vault has' })
      .getByText('alice.ngata@example.test')
      .waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Records' }).waitFor();
    await record('Alice Ngata').waitFor();
  });

  it('grow as something happens to them', async () => {
    const { page, office } = open;
    await fillOffice(office);
    await visit('#/records/contact/c-alice');
    await page.getByRole('heading', { name: 'History' }).waitFor();
    await office.happens('c-alice', ALICE, { code: 'deleted' });
    await page.getByText('Removed from MRI Vault').waitFor();
  });

  it('can be delivered now', async () => {
    const { page, office } = open;
    await fillOffice(office);
    await visit('#/records/property/p-queen');
    await page.getByText('A suburb is required.').first().waitFor();
    const told = office.api.told.nudged.length;
    await page.getByRole('button', { name: 'Deliver now' }).click();
    await page.getByText('Asked for.').waitFor();
    await page.getByText('To be sent', { exact: true }).waitFor();
    expect(office.api.told.nudged.length).toBeGreaterThan(told);
  });

  it('say why they can not be delivered now', async () => {
    const { page, office } = open;
    await fillOffice(office);
    await office.api.patchConnection({ status: 'paused' });
    await visit('#/records/contact/c-alice');
    await page.getByRole('button', { name: 'Deliver now' }).click();
    await page.getByRole('alert').getByText('The connection is paused. Resume it first.').waitFor();
  });

  it('need a connection', async () => {
    await visit('#/records');
    await open.page.getByText('No CRM is connected.').waitFor();
  });
});
