import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AcceptCell, PortKey, PortPlan } from '../../../src/decode/layout.gen.ts';
import { PortTable } from '../../../src/probes/port_table.ts';

const NONE: ReadonlySet<number> = new Set();

/** The kernel's side of it: a hash table of ports, and their cells. */
function kernel(cells: number) {
  const bytes = new ArrayBuffer(cells * AcceptCell.size);
  const words = new Uint32Array(bytes);
  const plans = new Map<string, { cell: number; requests: number }>();
  const keyOf = (key: Uint8Array) => new Uint32Array(key.slice().buffer);
  const name = (key: Uint8Array) => `${keyOf(key)[PortKey.pool >> 2]}:${keyOf(key)[PortKey.port >> 2]}`;
  const at = (cell: number, field: number) => (cell * AcceptCell.size + field) >> 2;
  const map = {
    update(key: Uint8Array | null, value: Uint8Array): void {
      const plan = new Uint32Array(value.slice().buffer);
      plans.set(name(key!), { cell: plan[PortPlan.cell >> 2]!, requests: plan[PortPlan.requests >> 2]! });
    },
    remove: (key: Uint8Array) => void plans.delete(name(key)),
  };
  return {
    table: new PortTable(map, bytes),
    plans,
    /** A listener of this pool, generation and port queues connections; true: into its own cell. */
    queue(pool: number, generation: number, port: number, most: number, limit: number): boolean {
      const cell = plans.get(`${pool}:${port}`)?.cell ?? -1;
      const own = words[at(cell, AcceptCell.owner) + 1] === generation;
      if (cell < 0 || !own || words[at(cell, AcceptCell.owner)] !== ((pool << 16) | port)) return false;
      words[at(cell, AcceptCell.most)] = Math.max(words[at(cell, AcceptCell.most)]!, most);
      words[at(cell, AcceptCell.limit)] = limit + 1;
      return true;
    },
  };
}

describe('the table of ports', () => {
  it('tells the kernel side what is new, what has gone, and what is measured now', () => {
    const { table, plans } = kernel(8);
    const index = { pool: 3, generation: 1 };
    assert.equal(table.serve(index, [80, 443], new Set([80])), true);
    assert.deepEqual([...plans.keys()], ['3:80', '3:443']);
    assert.deepEqual([plans.get('3:80')!.requests, plans.get('3:443')!.requests], [1, 0]);
    assert.notEqual(plans.get('3:80')!.cell, plans.get('3:443')!.cell);
    assert.equal(table.serve(index, [443, 80], new Set([80])), false, 'nothing has changed');
    const { cell } = plans.get('3:443')!;
    assert.equal(table.serve(index, [443], new Set([443])), true);
    assert.deepEqual([...plans], [['3:443', { cell, requests: 1 }]]);
    assert.equal(table.serve(index, [], NONE), true);
    assert.equal(plans.size, 0);
  });

  it('shows a port when a listener of it has been seen, one with no backlog too', () => {
    const { table, queue } = kernel(8);
    table.serve({ pool: 0, generation: 0 }, [80, 81], NONE);
    assert.deepEqual(table.read(0), []);
    assert.equal(queue(0, 0, 81, 0, 0), true);
    assert.deepEqual(table.read(0), [{ port: 81, most: 0, limit: 0 }]);
    assert.deepEqual(table.read(1), []);
  });

  it('the maximum is of the interval that runs and of the one before', () => {
    const { table, queue } = kernel(8);
    table.serve({ pool: 0, generation: 0 }, [80], NONE);
    const most = () => table.read(0)[0]!.most;
    queue(0, 0, 80, 9, 128);
    assert.equal(most(), 9);
    table.turnMaxima();
    assert.equal(most(), 9);
    queue(0, 0, 80, 4, 128);
    assert.equal(most(), 9);
    table.turnMaxima();
    assert.equal(most(), 4);
    queue(0, 0, 80, 11, 128);
    assert.equal(most(), 11);
    table.turnMaxima();
    table.turnMaxima();
    assert.equal(most(), 0);
  });

  it('a cell that passes on begins with nothing, and a listener of the one before finds it closed', () => {
    const { table, plans, queue } = kernel(1);
    table.serve({ pool: 2, generation: 5 }, [80], NONE);
    queue(2, 5, 80, 9, 128);
    table.turnMaxima();
    table.release(2);
    assert.equal(plans.size, 0);
    table.serve({ pool: 2, generation: 6 }, [80], NONE);
    assert.deepEqual(table.read(2), []);
    assert.equal(queue(2, 5, 80, 9, 128), false);
    assert.equal(queue(2, 6, 80, 1, 64), true);
    assert.deepEqual(table.read(2), [{ port: 80, most: 1, limit: 64 }]);
  });

  it('ports beyond its room are not followed, until there is room', () => {
    const { table, plans } = kernel(2);
    const index = { pool: 0, generation: 0 };
    assert.equal(table.serve(index, [1, 2, 3], NONE), true);
    assert.deepEqual([...plans.keys()], ['0:1', '0:2']);
    assert.equal(table.serve(index, [1, 2, 3], NONE), false);
    assert.equal(table.serve(index, [2, 3], NONE), true);
    assert.equal(table.serve(index, [2, 3], NONE), false);
    assert.deepEqual([...plans.keys()], ['0:2', '0:3']);
  });

  it('any sequence: each port of each pool has a cell of its own, none is lost', () => {
    const port = fc.integer({ min: 1, max: 12 });
    const step = fc.record({
      pool: fc.integer({ min: 0, max: 3 }),
      ports: fc.array(port, { maxLength: 6 }),
      release: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { table, plans } = kernel(24);
        const wanted = new Map<number, Set<number>>();
        for (const { pool, ports, release } of steps) {
          if (release) table.release(pool);
          else table.serve({ pool, generation: 0 }, ports, new Set(ports.filter((one) => one % 2 === 0)));
          wanted.set(pool, new Set(release ? [] : ports));
        }
        const expected = [...wanted].flatMap(([pool, ports]) => [...ports].map((one) => `${pool}:${one}`));
        assert.deepEqual([...plans.keys()].sort(), expected.sort());
        assert.equal(new Set([...plans.values()].map(({ cell }) => cell)).size, plans.size);
        for (const [name, { requests }] of plans) assert.equal(requests === 1, Number(name.split(':')[1]) % 2 === 0);
      }),
    );
  });
});
