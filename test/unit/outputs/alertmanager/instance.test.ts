import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Instance } from '../../../../src/outputs/alertmanager/instance.ts';
import type { Message } from '../../../../src/outputs/alertmanager/message.ts';
import type { Outcome } from '../../../../src/outputs/alertmanager/post.ts';

const message = (key: string): Message => ({ key, json: `"${key}"`, bytes: 3 });
const FAILED: Outcome = { result: 'failed', fault: 'HTTP 503' };
const SENT: Outcome = { result: 'sent' };

/** An Alertmanager of the test's making, on a clock that does not run: waits end by next(). */
class Scene {
  readonly bodies: string[] = [];
  readonly waitsMs: number[] = [];
  readonly said: string[] = [];
  readonly instance: Instance;
  #answers: Outcome[];
  #wake: () => void = () => {};

  constructor(...answers: Outcome[]) {
    this.#answers = answers;
    const log = { info: (text: string) => this.said.push(text), warn: (text: string) => this.said.push(text) };
    const post = async (body: string) => {
      this.bodies.push(body);
      return this.#answers.shift() ?? SENT;
    };
    const wait = (ms: number, signal: AbortSignal) => {
      this.waitsMs.push(ms);
      return new Promise<void>((done) => {
        this.#wake = done;
        if (signal.aborted) done();
        signal.addEventListener('abort', () => done());
      });
    };
    this.instance = new Instance('http://am', post, { log, wait, random: () => 1 });
  }

  async add(...keys: string[]): Promise<void> {
    this.instance.add(keys.map(message));
    await turn();
  }

  async next(): Promise<void> {
    this.#wake();
    await turn();
  }
}

describe('one Alertmanager', () => {
  it('is tried again, later each time, until it answers; then the first wait is short again', async () => {
    const scene = new Scene(FAILED, FAILED, FAILED, SENT, FAILED);
    await scene.add('a');
    for (let i = 0; i < 3; i++) await scene.next();
    assert.deepEqual(scene.waitsMs, [500, 1000, 2000]);
    assert.deepEqual(scene.bodies, Array(4).fill('["a"]'));
    await scene.add('b');
    assert.equal(scene.waitsMs.at(-1), 500);
  });

  it('gets what came meanwhile with it, the newest of each', async () => {
    const scene = new Scene(FAILED);
    await scene.add('a', 'b');
    await scene.add('b', 'c');
    await scene.next();
    assert.deepEqual(scene.bodies, ['["a","b"]', '["a","b","c"]']);
    const { sent, errors, queueLength, requests, droppedFull } = scene.instance.counters();
    assert.deepEqual(
      { sent, errors, queueLength, requests, droppedFull },
      { sent: 3, errors: 2, queueLength: 0, requests: 2, droppedFull: 0 },
    );
  });

  it('that refuses is not asked the same again', async () => {
    const scene = new Scene({ result: 'refused', fault: 'HTTP 400' });
    await scene.add('a');
    assert.deepEqual([scene.bodies.length, scene.waitsMs.length], [1, 0]);
    const { droppedRefused, errors, fault } = scene.instance.counters();
    assert.deepEqual([droppedRefused, errors, fault], [1, 1, 'HTTP 400']);
  });

  it('has its faults said once, and their end', async () => {
    const scene = new Scene(FAILED, FAILED, { result: 'failed', fault: 'HTTP 500' });
    await scene.add('a');
    for (let i = 0; i < 3; i++) await scene.next();
    const said = ['HTTP 503', 'HTTP 500'].map((fault) => `alertmanager http://am: ${fault}`);
    assert.deepEqual(scene.said, [...said, 'alertmanager http://am works again']);
  });

  it('is tried once more when the daemon ends; what is left is said', async () => {
    const scene = new Scene(FAILED, SENT);
    await scene.add('a');
    await scene.instance.close(1000);
    assert.equal(scene.bodies.length, 2);
    const lost = new Scene(FAILED, FAILED, SENT);
    await lost.add('a');
    await lost.instance.close(1000);
    assert.deepEqual([lost.bodies.length, lost.said.at(-1)], [2, 'alertmanager http://am: 1 alerts were not sent']);
    await lost.add('b');
    assert.equal(lost.bodies.length, 2);
  });

  it('sends what comes after its queue was empty', async () => {
    const scene = new Scene();
    await scene.add();
    for (const key of ['a', 'b']) await scene.add(key);
    assert.deepEqual(scene.bodies, ['["a"]', '["b"]']);
  });
});
