import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { has } from './build.ts';
import { defer } from './cleanup.ts';

/** Why there can be no browser here; null: there can. */
export function noBrowser(): string | null {
  return has('chromium') ? null : 'not installed: chromium';
}

/** Debian's Chromium without a window; ended with the test. */
async function browser(): Promise<Browser> {
  const program = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  defer(() => program.close());
  return program;
}

/** A page and all that it did which it should not. */
export type Watched = { page: Page; faults: string[]; foreign: string[] };

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const watched: Watched = { page, faults: [], foreign: [] };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.faults.push(message.text());
  });
  page.on('pageerror', (error) => watched.faults.push(String(error)));
  page.on('dialog', (dialog) => {
    watched.faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) watched.foreign.push(request.url());
  });
  await page.goto(url);
  return watched;
}
