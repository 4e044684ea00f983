import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Describes what needs a browser. Where none is installed the suite says so and is left out; in CI that is a failure. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (existsSync(EXECUTABLE)) {
    describe(name, tests);
    return;
  }
  const missing = `There is no Chromium at ${EXECUTABLE}; set CHROMIUM_PATH or install it.`;
  if (process.env['CI'] !== undefined) throw new Error(missing);
  console.warn(`${name}: left out. ${missing}`);
  describe.skip(name, tests);
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}
