import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';

/** Keeps every stream that the page opens, to look at later. */
const KEEP_STREAMS = `
  window.streams = [];
  const Native = window.EventSource;
  window.EventSource = class extends Native {
    constructor(url) {
      super(url);
      window.streams.push(this);
    }
  };`;
const RUN_STREAMS = "streams.filter(({ url }) => url.includes('/runs/')).map(({ readyState }) => readyState)";
const CLOSED = 2;

describeInBrowser('a full sync', () => {
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

  const button = (name: string) => open.page.getByRole('button', { name, exact: true });
  const bar = () => open.page.getByRole('progressbar', { name: 'Full sync' });
  const runId = async () => {
    const { connectionId } = await open.office.api.connection();
    return (await open.office.api.store.runs.findOpen(connectionId))?.runId ?? '';
  };

  it('shows each step as it happens, then sums up', async () => {
    const { page, office, signIn } = open;
    await page.addInitScript(KEEP_STREAMS);
    await signIn();
    await button('Sync now').click();
    await bar().waitFor();
    const id = await runId();
    await office.api.runs.patch(id, {
      total: 2_000,
      unchanged: { contact: 400, property: 80, deal: 20 },
    });
    await page.getByText('500 of 2,000 records').waitFor();
    expect(await bar().getAttribute('max')).toBe('2000');
    expect(await bar().getAttribute('value')).toBe('500');
    expect(await bar().getAttribute('aria-valuetext')).toBe('500 of 2,000 records');
    const createdAt = Date.now() - 12_000;
    await office.api.runs.patch(id, {
      unchanged: { contact: 1_600, property: 300, deal: 100 },
      status: 'completed',
      cursor: null,
      createdAt,
      finishedAt: createdAt + 12_000,
    });
    await page
      .getByText('1,600 contacts, 300 properties and 100 deals are up to date in MRI Vault')
      .waitFor();
    await bar().waitFor({ state: 'hidden' });
    // The browser would ask for the ended stream again and again.
    expect(await page.evaluate(RUN_STREAMS)).toEqual([CLOSED]);
    await button('Hide').click();
    await page.getByText('1,600 contacts').waitFor({ state: 'hidden' });
    expect(open.complaints).toEqual([]);
  });

  it('can be stopped, and tells how far it came', async () => {
    const { page, office, signIn } = open;
    await signIn();
    await button('Sync now').click();
    await bar().waitFor();
    await office.api.runs.patch(await runId(), {
      total: 900,
      unchanged: { contact: 300, property: 0, deal: 0 },
    });
    await page.getByText('300 of 900 records').waitFor();
    await button('Cancel sync').click();
    await page.getByText('Stopped after 300 records').waitFor();
    expect(await runId()).toBe('');
    await button('Sync now').waitFor();
  });

  it('is there again after the page was closed, and says when it waits for the CRM', async () => {
    const { page, office, signIn } = open;
    await office.api.call('POST', '/api/integrations/crm/mri_vault/sync', {
      headers: { prefer: 'respond-async' },
    });
    await office.api.runs.patch(await runId(), {
      status: 'waiting',
      reason: 'HTTP_503',
      total: 10,
    });
    await signIn();
    await page.getByText('Waiting for MRI Vault', { exact: true }).waitFor();
    await page.getByText('It goes on by itself').waitFor();
  });
});
