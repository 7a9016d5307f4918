import { readFileSync } from 'node:fs';
import { renderLayout } from '../../scripts/layout.ts';
import { btfOf } from '../unit/house/compile.ts';
import { matchesGolden } from './golden.ts';

const GOOD = readFileSync(new URL('../unit/house/fixtures/good.c', import.meta.url), 'utf8');

describe('the generated layout, golden', () => {
  it('of every kind of type that may cross', () => matchesGolden('layout.txt', renderLayout(GOOD, [btfOf(GOOD)])));
});
