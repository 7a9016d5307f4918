import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with what is shown now, contrast among it: a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The page's own policy allows no script from a test: the debugger runs it.
  const run = `${AXE}; axe.run(document, { resultTypes: ['violations'] })`;
  const { violations } = (await page.evaluate(run)) as AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ''}`));
}

const COUNT = `(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}`;

/** How many colours each canvas has: one that was never drawn on has one. */
export function canvasColours(page: Page): Promise<number[]> {
  return page.evaluate(`[...document.querySelectorAll('.opened canvas')].map(${COUNT})`);
}

/** Pixels by which the page is wider than its window. */
export function sticksOut(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
