import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { contactBody } from '../support/builders.ts';
import { describeInBrowser } from '../support/browser.ts';
import { fillOffice } from './busy-office.ts';
import { type Dashboard, type OpenDashboard, startDashboard } from './dashboard-page.ts';
import type { Office } from './office.ts';

/** Where pictures of each page are put, for people to look at; none are made by default. */
const PICTURES = process.env['DASHBOARD_PICTURES'];

const WIDTHS = [360, 800, 1_440];
const HEIGHT = 800;
/** What stands below the last thing on a page: the space that cards and the page itself keep, in pixels. */
const MOST_SPACE = 140;

/** As long as a name gets, and a word that no line can hold. */
const LONG = contactBody({
  name: `Hepi ${'Te Whanau a Ruataupare '.repeat(6)}of ${'x'.repeat(120)}`,
  emails: [`${'a'.repeat(60)}@${'b'.repeat(60)}.example.test`],
});
const MANY = 120;

interface ShownPage {
  readonly name: string;
  /** The address within the service. */
  readonly path: string;
  /** What is there when the page has all that it shows. */
  readonly text: string;
}

const ALWAYS: readonly ShownPage[] = [
  { name: 'connect', path: '/#/connect/mri_vault', text: 'API key' },
  { name: 'unknown', path: '/#/nowhere', text: 'Overview' },
  { name: 'problem', path: '/problems/INTEGRATION_FAILED', text: 'What to do' },
];
const EMPTY: readonly ShownPage[] = [
  { name: 'overview', path: '/#/', text: 'Connect your CRM' },
  { name: 'records', path: '/#/records', text: 'Overview' },
  ...ALWAYS,
];
const QUIET: readonly ShownPage[] = [
  { name: 'overview', path: '/#/', text: 'Nothing yet.' },
  { name: 'records', path: '/#/records', text: 'No records yet.' },
  { name: 'record', path: '/#/records/contact/none', text: 'There is no such record' },
  ...ALWAYS,
];
const FULL: readonly ShownPage[] = [
  { name: 'overview', path: '/#/', text: `Person ${String(MANY)}` },
  { name: 'records', path: '/#/records', text: 'Show more' },
  { name: 'record', path: '/#/records/contact/c-long', text: 'History' },
  { name: 'refused', path: '/#/records/property/p-queen', text: 'A suburb is required.' },
  ...ALWAYS,
];

describeInBrowser('every page, at three widths', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  it('p1: is no taller than what it shows, and no wider than the window, before anybody signs in', async () => {
    const open = await dashboard.open();
    try {
      await open.page.goto(`${open.office.api.url}/`);
      await open.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await expectFits(open.page, 'sign-in');
    } finally {
      await open.close();
    }
  }, 60_000);

  it.each<[string, (office: Office) => Promise<unknown>, readonly ShownPage[]]>([
    ['nothing connected', async () => undefined, EMPTY],
    ['no records', (office) => office.connect(), QUIET],
    ['many records', fillALot, FULL],
  ])(
    'p1: is no taller than what it shows, and no wider than the window, with %s',
    async (name, fill, pages) => {
      const open = await dashboard.open({ reducedMotion: 'reduce' });
      try {
        await fill(open.office);
        await open.signIn();
        for (const page of pages) {
          await visit(open, page);
          await expectFits(open.page, `${name.replaceAll(' ', '-')}-${page.name}`);
        }
      } finally {
        await open.close();
      }
    },
    180_000,
  );
});

async function fillALot(office: Office): Promise<void> {
  await fillOffice(office);
  await office.add('c-long', LONG, {
    state: 'linked',
    remoteId: 'r'.repeat(200),
    fields: { notes: 'n'.repeat(400) },
  });
  for (let index = 1; index <= MANY; index += 1) {
    const person = contactBody({ name: `Person ${String(index)}` });
    if (index <= 60) await office.add(`c-many-${String(index)}`, person, { state: 'due' });
    await office.happens('c-long', index % 3 === 0 ? LONG : person, {
      code: 'updated',
      changed: ['phone', 'notes'],
      latencyMs: 200 + index,
    });
  }
  await office.happens('c-long', contactBody({ name: `Person ${String(MANY)}` }), { latencyMs: 80 });
}

async function visit({ page, office }: OpenDashboard, { path, text }: ShownPage): Promise<void> {
  await page.goto(`${office.api.url}${path}`);
  await page.getByText(text).first().waitFor();
}

async function expectFits(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await keepPicture(page, `${name}-${String(width)}`);
    const { height, bottom, contentWidth } = await page.evaluate<Measured>(MEASURE);
    const blank = height - Math.max(bottom, HEIGHT);
    const what = { name, width };
    expect({ ...what, blank: blank <= MOST_SPACE ? 0 : blank }).toEqual({ ...what, blank: 0 });
    expect({ ...what, tooWide: Math.max(0, contentWidth - width) }).toEqual({ ...what, tooWide: 0 });
  }
}

interface Measured {
  /** What can be scrolled to. */
  readonly height: number;
  readonly contentWidth: number;
  /** Where the lowest thing ends that somebody can see by scrolling the page: text, a control or a picture. */
  readonly bottom: number;
}

/** Runs in the page. What a list hides by scrolling by itself, or keeps for screen readers, isn't seen. */
const MEASURE = `(() => {
  const shows = (element) =>
    element.matches('input, select, textarea, button, progress, img, svg') ||
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const seenBottom = (element) => {
    let { bottom, width, height } = element.getBoundingClientRect();
    if (width === 0 || height === 0 || getComputedStyle(element).visibility !== 'visible') return 0;
    for (let one = element; one !== document.body && one !== null; one = one.parentElement) {
      const { overflowY, clipPath } = getComputedStyle(one);
      if (clipPath !== 'none') return 0;
      if (overflowY !== 'visible') bottom = Math.min(bottom, one.getBoundingClientRect().bottom);
    }
    return bottom + scrollY;
  };
  const root = document.documentElement;
  return {
    height: root.scrollHeight,
    contentWidth: root.scrollWidth,
    bottom: Math.max(0, ...[...document.body.querySelectorAll('*')].filter(shows).map(seenBottom)),
  };
})()`;

async function keepPicture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
