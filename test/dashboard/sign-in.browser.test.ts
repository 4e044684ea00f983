import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.ts';
import { USER } from '../http/api-harness.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

/** Time enough for an answer that is there to be shown. */
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

describeInBrowser('signing in', () => {
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

  const signOut = () => open.page.getByRole('button', { name: 'Sign out' });
  const field = () => open.page.getByLabel('Sign-in link, code or access token');

  it('takes the code from the link, which keeps nothing of it', async () => {
    const { page, office } = open;
    const url = office.signInUrl();
    await page.goto(url);
    await signOut().waitFor();
    expect(page.url()).toBe(`${office.api.url}/#/`);
    const code = new URL(url).hash.slice('#code='.length);
    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(kept).not.toContain(code);
    await page.reload();
    await signOut().waitFor();
    expect(open.complaints).toEqual([]);
  });

  it('says what to do when a code was used before', async () => {
    const { page, office } = open;
    const url = office.signInUrl();
    await page.goto(url);
    await signOut().click();
    await page.goto('about:blank');
    await page.goto(url);
    await page.getByRole('alert').getByText('A code can be used once').waitFor();
    expect(page.url()).not.toContain('code');
  });

  it('takes a pasted link', async () => {
    const { page, office } = open;
    await page.goto(office.api.url);
    await field().fill(office.signInUrl());
    await page.keyboard.press('Enter');
    await signOut().waitFor();
  });

  it('takes an access token and keeps it nowhere', async () => {
    const { page, office } = open;
    const token = await office.api.token(USER);
    await page.goto(office.api.url);
    await field().fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await signOut().waitFor();
    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(kept).not.toContain(token);
  });

  it('opens a link while the page is open', async () => {
    const { page, office } = open;
    await page.goto(office.api.url);
    await field().waitFor();
    await page.goto(office.signInUrl());
    await page.getByRole('heading', { name: 'Connect your CRM' }).waitFor();
  });

  it('tells when the session has ended, and leaves nothing of it on the page', async () => {
    const { page, office, signIn } = open;
    await office.connect();
    await signIn();
    await page.getByRole('heading', { name: 'MRI Vault' }).waitFor();
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Your session has ended').waitFor();
    expect(await page.getByText('MRI Vault').count()).toBe(0);
  });

  it('shows nobody what was asked for before they left', async () => {
    const { page, office, signIn } = open;
    await office.connect();
    await signIn();
    await page.getByRole('heading', { name: 'MRI Vault' }).waitFor();
    const held = Promise.withResolvers<() => Promise<void>>();
    await page.route(
      '**/api/integrations/crm/user',
      async (route) => {
        const response = await route.fetch();
        held.resolve(() => route.fulfill({ response }));
      },
      { times: 1 },
    );
    await page.getByRole('button', { name: 'Test' }).click();
    const answer = await held.promise;
    await signOut().click();
    await field().waitFor();
    await office.api.call('DELETE', '/api/integrations/crm/mri_vault');
    await page.goto(office.signInUrl());
    await page.getByRole('heading', { name: 'Connect your CRM' }).waitFor();
    await answer();
    await page.evaluate(TWO_FRAMES);
    expect(await page.getByRole('heading', { name: 'MRI Vault' }).count()).toBe(0);
  });

  it('keeps asking while the service can not be reached, and does not call that signed out', async () => {
    const { page, office } = open;
    await page.route('**/api/**', (route) => route.abort());
    await page.goto(office.api.url);
    await page.getByText('can’t be reached').waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await field().waitFor();
  });
});
