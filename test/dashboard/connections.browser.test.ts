import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Connection } from '../../src/domain/connection.ts';
import { describeInBrowser } from '../support/browser.ts';
import { contactBody } from '../support/builders.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

const OTHER_ADDRESS = 'http://127.0.0.1:4020';

describeInBrowser('connections', () => {
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

  const button = (name: string) => open.page.getByRole('button', { name, exact: true });
  const hasFocus = (locator: Locator) => locator.and(open.page.locator(':focus')).waitFor();
  const openForm = async () => {
    await open.signIn();
    await open.page.getByRole('link', { name: 'Connect MRI Vault' }).click();
    await open.page.getByRole('heading', { name: 'Connect MRI Vault' }).waitFor();
  };
  const fillForm = async (apiKey: string, address: string) => {
    await open.page.getByLabel('API key').fill(apiKey);
    await open.page.getByLabel('Instance address').fill(address);
  };
  const card = () => open.page.getByRole('article', { name: 'MRI Vault' });
  /** An office that is connected, in this state. */
  const see = async (state: Partial<Connection>) => {
    await open.office.connect();
    await open.office.api.patchConnection(state);
    await open.signIn();
    await card().waitFor();
  };

  it('offers the CRMs that are there and names those to come', async () => {
    await open.signIn();
    await open.page.getByText('Salesforce').waitFor();
    expect(await open.page.getByText('Coming', { exact: true }).count()).toBe(4);
    expect(await open.page.getByRole('link', { name: /^Connect/ }).count()).toBe(1);
  });

  it('connects with what was chosen, and says what comes next', async () => {
    await openForm();
    await fillForm('the-key-of-an-agent', 'http://127.0.0.1:4010');
    await open.page.getByLabel('Deals').uncheck();
    await button('Connect').click();
    await card().getByText('Up to date').waitFor();
    await card().getByText('choose “Sync now”').waitFor();
    expect(await open.office.api.connection()).toMatchObject({
      instanceUrl: 'http://127.0.0.1:4010',
      syncConfig: { syncContacts: true, syncProperties: true, syncDeals: false, deletions: 'created' },
    });
    expect(open.complaints).toEqual([]);
  });

  it('connects with the zone that the browser is in, and lets people see and change it', async () => {
    await open.close();
    open = await dashboard.open({ timezoneId: 'Pacific/Auckland' });
    await openForm();
    await fillForm('the-key-of-an-agent', 'http://127.0.0.1:4010');
    await open.page.getByLabel('When something is deleted in Zena').selectOption('never');
    await button('Connect').click();
    await card().getByText('Up to date').waitFor();
    const settings = async () => (await open.office.api.connection())?.syncConfig;
    expect(await settings()).toMatchObject({ timeZone: 'Pacific/Auckland', deletions: 'never' });

    await card().getByText('What is sent', { exact: true }).click();
    const zone = card().getByLabel('Time zone of dates that name none');
    expect(await zone.inputValue()).toBe('Pacific/Auckland');
    await zone.selectOption('Australia/Brisbane');
    await button('Save').click();
    await card().getByText('Saved.').waitFor();
    expect(await settings()).toMatchObject({ timeZone: 'Australia/Brisbane', deletions: 'never' });
    expect(open.complaints).toEqual([]);
  });

  it('places each fault at its field and goes to the first', async () => {
    await openForm();
    await fillForm('two words', OTHER_ADDRESS);
    await button('Connect').click();
    const key = open.page.getByLabel('API key');
    await open.page.locator('.field-fault').waitFor();
    expect(await key.getAttribute('aria-invalid')).toBe('true');
    expect(await describedBy('API key')).toContain('without spaces');
    await hasFocus(key);
    await fillForm('the-key-of-an-agent', 'http://10.0.0.1');
    await button('Connect').click();
    await open.page.getByText('must start with https://').waitFor();
    expect(await describedBy('Instance address')).toContain('https://');
    expect(await key.getAttribute('aria-invalid')).toBe('false');

    async function describedBy(label: string) {
      const ids = await open.page.getByLabel(label).getAttribute('aria-describedby');
      // The fault is read out before what helps to fill in the field.
      const [id = '', ...others] = ids?.split(' ') ?? [];
      expect(others).toHaveLength(1);
      return open.page.locator(`[id="${id}"]`).innerText();
    }
  });

  it('asks for what is missing without asking the service', async () => {
    await openForm();
    await button('Connect').click();
    await open.page.getByText('Enter the API key.').waitFor();
    await open.page.getByText('Enter the instance address.').waitFor();
    expect(open.complaints).toEqual([]);
  });

  it('tells when the CRM refuses the credentials, with a page that says more', async () => {
    open.office.api.crm.outcome = {
      kind: 'unauthorised',
      code: 'CREDENTIALS_REFUSED',
      detail: 'no',
      status: 401,
    };
    await openForm();
    await fillForm('the-key-of-an-agent', OTHER_ADDRESS);
    await button('Connect').click();
    const alert = open.page.getByRole('alert');
    await alert.getByText('The CRM refused these credentials.').waitFor();
    const more = alert.getByRole('link', { name: 'What does this mean?' });
    expect(await more.getAttribute('href')).toBe('/problems/INTEGRATION_FAILED');
  });

  it('asks before it leaves the account that was used before', async () => {
    await open.office.connect();
    await open.signIn();
    await open.page.getByRole('link', { name: 'Update credentials' }).click();
    await fillForm('another-key', OTHER_ADDRESS);
    await button('Save credentials').click();
    await open.page.getByText('This is a different MRI Vault account').waitFor();
    expect((await open.office.api.connection()).instanceUrl).toBe('http://127.0.0.1:4010');
    await button('Switch to the new account').click();
    await card().getByText(OTHER_ADDRESS).waitFor();
    expect((await open.office.api.connection()).instanceUrl).toBe(OTHER_ADDRESS);
  });

  it.each([
    ['Paused', 'until you resume', { status: 'paused' }],
    ['Needs new credentials', 'You can fix this', { status: 'needs_reauth' }],
    ['Waiting for the CRM', 'isn’t answering', { health: health('unreachable', 'crm') }],
    ['Waiting for the CRM', 'slow down', { health: health('rate_limited', 'nobody_needed') }],
    ['Needs new credentials', 'Whoever runs this service', { health: health('needs_reauth', 'operator') }],
  ] as const)('says "%s" and who can fix it: %s', async (label, explanation, state) => {
    await see(state);
    await card().getByText(label, { exact: true }).waitFor();
    await card().getByText(explanation).waitFor();
  });

  it('counts what was refused and leads there', async () => {
    await open.office.connect();
    const dead = { code: 'REJECTED', detail: 'The CRM refused the record.', fields: [] };
    await open.office.add('c1', contactBody({ name: 'Mia Stone' }), { state: 'dead', dead });
    await open.signIn();
    await card().getByText('Problems', { exact: true }).waitFor();
    await card().getByRole('link', { name: 'See what to correct' }).click();
    await open.page.getByRole('link', { name: 'Mia Stone' }).waitFor();
    expect(open.page.url()).toMatch(/#\/records\?state=dead$/);
  });

  it('pauses, resumes and tests', async () => {
    await see({});
    await card().getByRole('button', { name: 'Pause' }).click();
    await card().getByText('Paused', { exact: true }).waitFor();
    expect((await open.office.api.connection()).status).toBe('paused');
    await button('Resume').click();
    await card().getByText('Up to date').waitFor();
    await button('Test').click();
    await card().getByText('accepts your credentials').waitFor();
    open.office.api.crm.outcome = {
      kind: 'unauthorised',
      code: 'CREDENTIALS_REFUSED',
      detail: 'no',
      status: 401,
    };
    await button('Test').click();
    await card().getByText('Needs new credentials').waitFor();
  });

  it('changes what is sent without the credentials', async () => {
    await see({});
    await card().getByText('What is sent', { exact: true }).click();
    await card().getByLabel('Properties').uncheck();
    await card().getByLabel('When something is deleted').selectOption('never');
    await button('Save').click();
    await card().getByText('Saved.').waitFor();
    expect((await open.office.api.connection()).syncConfig).toMatchObject({
      syncContacts: true,
      syncProperties: false,
      deletions: 'never',
    });
  });

  it('disconnects only what a person confirms', async () => {
    await see({});
    await button('Disconnect').click();
    const dialog = open.page.getByRole('dialog', { name: 'Disconnect MRI Vault?' });
    await dialog.waitFor();
    await open.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await hasFocus(button('Disconnect'));
    expect((await open.office.api.connection()).status).toBe('active');
    await button('Disconnect').click();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await open.page.getByRole('heading', { name: 'Connect your CRM' }).waitFor();
    expect((await open.office.api.connection()).status).toBe('disconnected');
    expect(open.complaints).toEqual([]);
  });

  it('says so when the service is gone, and keeps what it knew', async () => {
    await see({});
    await open.page.route('**/api/**', (route) => route.abort());
    await button('Test').click();
    await open.page.getByText('What you see may be old').waitFor();
    await card().getByText('127.0.0.1:4010').waitFor();
    await open.page.unroute('**/api/**');
    await button('Test').click();
    await open.page.getByText('What you see may be old').waitFor({ state: 'hidden' });
  });
});

function health(
  state: Connection['health']['state'],
  whoCanFix: Connection['health']['whoCanFix'],
): Connection['health'] {
  return { state, since: Date.now(), reason: 'HTTP_503', whoCanFix };
}
