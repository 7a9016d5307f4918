import { StateFolder } from '../../src/state/folder.ts';

/** Writes one pool's file again and again, until it is killed. */
const [folder = ''] = process.argv.slice(2);
const state = StateFolder.open(folder, { info: console.log, warn: console.log }, { version: '0.1.0' });
let n = 0;
setInterval(() => {
  state.write('p', { n: ++n, filling: String(n).repeat(20_000) });
  if (n === 5) console.log('writing');
});
