import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { followUpBoss } from '../../src/connectors/follow-up-boss/follow-up-boss.ts';
import { kvcore } from '../../src/connectors/kvcore/kvcore.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { vaultre } from '../../src/connectors/vaultre/vaultre.ts';
import { budgetIdOf } from '../../src/domain/connection.ts';
import { utcDay } from '../../src/domain/deciding/day-of-calls.ts';
import { describeInBrowser } from '../support/browser.ts';
import { propertyBody } from '../support/builders.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

const REASON = 'The operator of this service has not set it up: VAULTRE_API_KEY is not set.';

describeInBrowser('several CRMs', () => {
  let dashboard: Dashboard;
  let open: OpenDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());
  beforeEach(async () => {
    open = await dashboard.open({ viewport: { width: 360, height: 800 } });
    open.office.api.catalogue.available = [mriVault, vaultre, followUpBoss];
  });
  afterEach(async () => {
    // Nothing is cut off, however narrow the screen, and nothing failed.
    const over = await open.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(over).toBeLessThanOrEqual(0);
    expect(open.complaints).toEqual([]);
    await open.close();
  });

  const text = (words: string) => open.page.getByText(words);
  const button = (name: string) => open.page.getByRole('button', { name, exact: true });
  const card = (name: string) => open.page.getByRole('article', { name });
  const health = (reason: string) =>
    ({ state: 'unreachable', since: Date.now(), reason, whoCanFix: 'operator' }) as const;

  it('say why one can’t be connected, where everybody reads it', async () => {
    open.office.api.catalogue.available = [mriVault];
    open.office.api.catalogue.unavailable = [{ connector: followUpBoss, reason: REASON }];
    await open.signIn();
    await text(REASON).waitFor();
    await text('Not set up here').waitFor();
    expect(await open.page.getByRole('link', { name: 'Connect Follow Up Boss' }).count()).toBe(0);
  });

  it('are connected by the interface that is chosen, which says what it is, and offer only what they have', async () => {
    await open.signIn();
    await open.page.getByRole('link', { name: 'Connect MRI Vault' }).click();
    await open.page.getByLabel('Interface').selectOption('vaultre-1.3');
    await text('by its published API').waitFor();
    await open.page.getByLabel('Access token').waitFor();
    expect(await open.page.getByLabel('Properties').count()).toBe(1);
    await open.page.getByRole('link', { name: 'Back to overview' }).click();
    await open.page.getByRole('link', { name: 'Connect Follow Up Boss' }).click();
    await text('Follow Up Boss has no properties: they aren’t sent.').waitFor();
    expect(await open.page.getByLabel('Properties').count()).toBe(0);
    await open.page.getByLabel('Deals').waitFor();
  });

  it('leave off what is assumed, until people switch it on', async () => {
    open.office.api.catalogue.available = [kvcore];
    await open.signIn();
    await open.page.getByRole('link', { name: 'Connect kvCORE' }).click();
    await text('Off unless you switch it on.').first().waitFor();
    const isOn = (name: string) => open.page.locator(`input[name="${name}"]`).isChecked();
    expect(await isOn('syncContacts')).toBe(true);
    expect([await isOn('syncProperties'), await isOn('syncDeals')]).toEqual([false, false]);
  });

  it('ask for new credentials by the interface that a connection has', async () => {
    await open.office.connect();
    await open.office.api.patchConnection({ dialect: 'vaultre-1.3' });
    await open.signIn();
    await open.page.getByRole('link', { name: 'Update credentials' }).click();
    await open.page.getByLabel('Access token').waitFor();
    expect(await open.page.getByLabel('Interface').inputValue()).toBe('vaultre-1.3');
  });

  it('leave one that isn’t available any more to be seen with whose turn it is, and to be disconnected', async () => {
    await open.office.connect();
    open.office.api.catalogue.available = [];
    open.office.api.catalogue.unavailable = [{ connector: mriVault, reason: REASON }];
    await open.signIn();
    await card('MRI Vault').getByText('Not available').waitFor();
    await text('VAULTRE_API_KEY is not set').first().waitFor();
    for (const name of ['Sync now', 'Test']) expect(await button(name).count()).toBe(0);
    expect(await open.page.getByRole('link', { name: 'Update credentials' }).count()).toBe(0);
    await button('Disconnect').click();
    await open.page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await card('MRI Vault').waitFor({ state: 'detached' });
    expect((await open.office.api.connection()).status).toBe('disconnected');
  });

  it('ask nobody for credentials where the CRM refuses the service itself', async () => {
    await open.office.connect();
    await open.office.api.patchConnection({ health: health('INTEGRATOR_KEY_REFUSED') });
    await open.signIn();
    await card('MRI Vault').getByText('Waiting for the operator').waitFor();
    await text('doesn’t accept this service itself. Whoever runs it can fix that').waitFor();
  });

  it('let people name the CRM’s stages, and say which line is wrong', async () => {
    await open.office.connect();
    await open.signIn();
    await text('What is sent').first().click();
    const stages = open.page.getByLabel('Stage names');
    await stages.fill('offer: Under offer');
    await button('Save').click();
    await text('with = between them').waitFor();
    await stages.and(open.page.locator(':focus')).waitFor();
    await stages.fill('offer = Under offer\nunder contract = Sold = gone');
    await button('Save').click();
    await text('Saved.').waitFor();
    expect((await open.office.api.connection()).syncConfig.stages).toEqual({
      offer: 'Under offer',
      'under contract': 'Sold = gone',
    });
  });

  it('show the day’s calls, and when only live changes go', async () => {
    const connection = await open.office.connect();
    const budgetKey = 'a budget of the test';
    await open.office.api.patchConnection({ dialect: 'vaultre-1.3', budgetKey });
    const { budgets } = open.office.api.store;
    const day = utcDay(Date.now());
    await budgets.reserve(budgetIdOf(budgetKey), day, 9_000, 10_000);
    await open.signIn();
    await text('9,000 of today’s 10,000 calls to MRI Vault used').waitFor();
    await text('Live changes only: the last 1,000 calls are kept').waitFor();
    await open.page.getByRole('progressbar', { name: 'Calls to MRI Vault used today' }).waitFor();
    expect(connection.provider).toBe('mri_vault');
  });

  it('have their records each by itself, with what a CRM has no kind for', async () => {
    const connection = await open.office.connect();
    const house = propertyBody({ address: '1 High Street' });
    await open.office.add('house', house, { state: 'linked', remoteId: 'p1' });
    await open.office.happens('house', house, {
      code: 'unsupported',
      detail: 'The CRM has no records of this kind.',
    });
    const { connections } = open.office.api.store;
    await connections.insert({ ...connection, connectionId: 'other', provider: 'follow_up_boss' });
    await open.signIn();
    await open.page.getByText('Not sent: MRI Vault has no records of this kind').waitFor();
    await card('MRI Vault').getByRole('link', { name: '1', exact: true }).click();
    const crm = open.page.getByRole('combobox', { name: 'CRM' });
    await open.page.getByText('1 High Street').waitFor();
    expect(await crm.inputValue()).toBe('mri_vault');
    await crm.selectOption('follow_up_boss');
    await open.page.getByText('Nothing fits').waitFor();
    expect(open.page.url()).toContain('crm=follow_up_boss');
  });
});
