import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { builtDashboard } from './built-dashboard.ts';
import { type Office, openOffice } from './office.ts';

/** A browser on the dashboard as it is now, before the real API. */
export interface Dashboard {
  /** An office of its own with a page that nobody has signed in on. */
  open(options?: BrowserContextOptions): Promise<OpenDashboard>;
  close(): Promise<void>;
}

export interface OpenDashboard {
  readonly office: Office;
  readonly page: Page;
  /** Everything that the browser complained of: errors in the console, exceptions, refusals by the page's policy. */
  readonly complaints: string[];
  signIn(): Promise<void>;
  close(): Promise<void>;
}

export async function startDashboard(): Promise<Dashboard> {
  const dashboardDir = builtDashboard();
  const browser = await launchBrowser();
  return {
    open: (options) => openPage(browser, dashboardDir, options),
    close: () => browser.close(),
  };
}

async function openPage(
  browser: Browser,
  dashboardDir: string,
  options: BrowserContextOptions = {},
): Promise<OpenDashboard> {
  const office = await openOffice(dashboardDir);
  const context = await browser.newContext({ locale: 'en-AU', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return {
    office,
    page,
    complaints,
    async signIn() {
      await page.goto(office.signInUrl());
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    async close() {
      await context.close();
      await office.close();
    },
  };
}
