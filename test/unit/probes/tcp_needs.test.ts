import assert from 'node:assert/strict';
import { programsFor } from '../../../src/probes/tcp_needs.ts';

const SOCKETS = ['on_destroy_sock', 'on_set_state'];
const COUNTERS = ['on_retransmit_skb', 'on_retransmit_synack', 'on_send_reset', 'on_receive_reset'];

describe('programs of the TCP probe', () => {
  const cases = [
    { count: true, requests: true, attached: [...COUNTERS, ...SOCKETS], left: [] },
    { count: false, requests: true, attached: SOCKETS, left: [...COUNTERS, 'on_listener_ready'] },
    { count: false, requests: false, attached: [], left: [...SOCKETS, ...COUNTERS, 'on_listener_ready'] },
  ];
  for (const { attached, left, ...options } of cases) {
    it(JSON.stringify(options), () => {
      const programs = programsFor(options);
      assert.deepEqual(programs.attached.toSorted(), attached.toSorted());
      const beyond = programs.without.filter((program) => program !== 'on_listener_ready');
      assert.deepEqual(beyond.toSorted(), left.filter((program) => program !== 'on_listener_ready').toSorted());
    });
  }

  it('without requests the accept queues are seen to here, where the kernel tells', () => {
    const { attached, without } = programsFor({ count: true, requests: false });
    const seen = attached.includes('on_listener_ready');
    assert.equal(seen, !without.includes('on_listener_ready'));
    assert.deepEqual(
      attached.filter((program) => program !== 'on_listener_ready').toSorted(),
      [...COUNTERS, ...SOCKETS].toSorted(),
    );
  });
});
