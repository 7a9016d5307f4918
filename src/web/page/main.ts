import { COMPONENTS } from '../../decode/sample.ts';
import { COMPONENT_COLOURS } from '../../outputs/colours.ts';
import { COMPONENT_WORDS } from '../../outputs/words.ts';
import { byId, el } from './dom.ts';
import { listenToKeys } from './keys.ts';
import { Page } from './page.ts';

function legend(): HTMLElement[] {
  return COMPONENTS.map((component) => {
    const swatch = el('i', 'swatch');
    swatch.style.background = COMPONENT_COLOURS[component];
    return el('li', '', swatch, COMPONENT_WORDS[component]);
  });
}

byId('legend').replaceChildren(...legend());
const page = new Page();
listenToKeys(page);
