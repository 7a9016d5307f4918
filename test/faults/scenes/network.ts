import { pin } from '../../lib/causes.ts';
import { noLinks, startLink } from '../../lib/link.ts';
import { handOff, perConnection } from '../../lib/webservers.ts';
import { CLIENT_CPU, hurry, PORT, type Scene, SERVER_CPU } from '../scene.ts';

const BEHIND = PORT + 1;
const CLEAN = { delayMs: 1, lossPercent: 0 };
const LOSSY = { delayMs: 1, lossPercent: 20 };

export const networks: readonly Scene[] = [
  {
    name: 'loss-downstream',
    what: 'workers of a hand-off pool ask a server over a link of 1 ms that begins to lose 20 % of its packets each way',
    right: ['network'],
    lacks: noLinks,
    async stage({ net, group, load }) {
      const link = await startLink(net, CLEAN);
      const behind = await perConnection(link.client, BEHIND, 'sleep=500');
      const call = `call=${link.client.address}:${BEHIND}`;
      const server = await handOff(link.server, PORT, 'accept', 64, 'cpu=100', call);
      pin(CLIENT_CPU, ...behind.pids, link.pid);
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids, ...behind.pids, link.pid);
      await load(PORT, { connections: 64, ratePerSecond: 100 });
      return { pids: server.pids, begin: () => link.set(LOSSY) };
    },
  },
  {
    name: 'loss-clients',
    what: 'the clients of a server with a thread a connection come over a link that begins to lose 20 % of its packets each way',
    right: [null, 'network'],
    lacks: noLinks,
    async stage({ net, group, load }) {
      const link = await startLink(net, CLEAN);
      const server = await perConnection(link.server, PORT, 'cpu=500');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids, link.pid);
      await load(PORT, { connections: 48, ratePerSecond: 100 }, link.server);
      return { pids: server.pids, begin: () => link.set(LOSSY) };
    },
  },
];
