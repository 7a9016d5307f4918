import { network, noNetworks } from '../lib/netns.ts';
import { openProbes } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { churn } from '../lib/socket_churn.ts';

describe('sockets that come and go', function () {
  this.timeout(120_000);

  it('2,000 a second for a minute: all are counted, none stays behind', async function () {
    skip(this, noNetworks());
    await churn(network(), await openProbes(), { seconds: 60, aSecond: 2000 });
  });
});
