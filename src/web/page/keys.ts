import { byId } from './dom.ts';
import { RANGES } from './opened.ts';
import type { Page } from './page.ts';

/** What the footer names. */
export function listenToKeys(page: Page): void {
  const filter = byId('filter') as HTMLInputElement;
  filter.addEventListener('input', () => page.filter(filter.value));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === filter;
    const done = typing ? inFilter(page, filter, event.key) : onPage(page, filter, event.key);
    if (done) event.preventDefault();
  });
}

function inFilter(page: Page, filter: HTMLInputElement, key: string): boolean {
  if (key === 'Escape') {
    filter.value = '';
    page.filter('');
    filter.blur();
  } else if (key === 'ArrowDown' || key === 'Enter') page.move(1);
  else return false;
  return true;
}

function onPage(page: Page, filter: HTMLInputElement, key: string): boolean {
  const range = RANGES[Number(key) - 1];
  if (range !== undefined) page.range(range[0]);
  else if (key === 'ArrowDown' || key === 'j') page.move(1);
  else if (key === 'ArrowUp' || key === 'k') page.move(-1);
  else if (key === 'Escape') page.close();
  else if (key === '/') filter.focus();
  else return false;
  return true;
}
