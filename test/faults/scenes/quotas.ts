import { favoured, setQuota } from '../../lib/cgroup.ts';
import type { Scene } from '../scene.ts';
import { computing, hog, lighten } from './neighbours.ts';

export const quotas: readonly Scene[] = [
  {
    name: 'quota',
    what: 'the cgroup of a server with a thread a connection, which needs a sixth of a CPU, gets a quota of 15 %',
    right: ['cpu-throttled'],
    async stage(ground) {
      const held = favoured('held');
      const { pids } = await computing(ground, held);
      return { pids, begin: () => setQuota(held, { quotaUs: 15_000, periodUs: 100_000 }) };
    },
  },
  {
    name: 'quota-over-hog',
    what: 'that quota, and beside the server three that compute without end: requests wait longest for the quota',
    right: ['cpu-throttled'],
    async stage(ground) {
      const held = favoured('held');
      const { pids } = await computing(ground, held);
      return {
        pids,
        async begin() {
          setQuota(held, { quotaUs: 15_000, periodUs: 100_000 });
          await hog(ground.group, 3);
        },
      };
    },
  },
  {
    name: 'hog-over-quota',
    what: 'three that compute without end in a cgroup of eight times its weight, and a quota of 12 % of a CPU, in periods so short that it holds the server back for a few milliseconds',
    right: ['noisy-neighbour'],
    thief: 'busy',
    async stage(ground) {
      const [held, other] = [favoured('held'), favoured('other')];
      lighten(held, 8);
      const { pids } = await computing(ground, held);
      return {
        pids,
        async begin() {
          setQuota(held, { quotaUs: 1200, periodUs: 10_000 });
          await hog(other, 3);
        },
      };
    },
  },
];
