import type { Labels } from '../../src/rules/labels.ts';

/** Samples of one series; null is a staleness marker. */
export type Given = { labels: Labels; samples: readonly (readonly [timeMs: number, value: number | null])[] };

const STALE = 0x7ff0000000000002n;

/** A body of Prometheus's remote write, version 1: protobuf in snappy. */
export function writeRequest(series: readonly Given[]): Buffer {
  return snappy(Buffer.concat(series.map((each) => field(1, timeSeries(each)))));
}

function timeSeries({ labels, samples }: Given): Buffer {
  const pairs = labels.pairs.map(([name, value]) => field(1, Buffer.concat([text(1, name), text(2, value)])));
  return Buffer.concat([...pairs, ...samples.map(([timeMs, value]) => field(2, sample(timeMs, value)))]);
}

function sample(timeMs: number, value: number | null): Buffer {
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  if (value === null) double.writeBigUInt64LE(STALE, 1);
  else double.writeDoubleLE(value, 1);
  return Buffer.concat([double, Buffer.from([2 << 3]), varint(timeMs)]);
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value, 'utf8'));
}

/** Length-delimited. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** All literals: nothing is compressed, which the format allows. */
function snappy(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const chunk = bytes.subarray(at, at + 65_536);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(chunk.length - 1, 1);
    parts.push(head, chunk);
  }
  return Buffer.concat(parts);
}
