import type { Family, Point } from '../metrics/metric.ts';
import { NAME } from '../rules/labels.ts';
import type { Needs } from '../rules/needs.ts';
import type { FeedSample } from './feed.ts';
import { parsed } from './parsed.ts';
import { attached, type Target } from './target.ts';

export const UP = 'up';

/** Of all that /metrics gives, the samples that the rules look at, and `up`; labelled as Prometheus would. */
export function* ownSamples(families: Iterable<Family>, { names }: Needs, target: Target): Generator<FeedSample> {
  const wants = (name: string) => names?.has(name) ?? true;
  for (const { metric, points } of families) {
    const wanted = new Map<string, string | null>();
    for (const point of points) {
      const { suffix = '', value } = point;
      let name = wanted.get(suffix);
      if (name === undefined) {
        name = wants(metric.name + suffix) ? metric.name + suffix : null;
        wanted.set(suffix, name);
      }
      if (name !== null && !Number.isNaN(value)) yield sampleOf(name, point, target);
    }
  }
  if (wants(UP)) yield up(1, target);
}

/** What Prometheus adds: whether the scrape succeeded. */
export function up(value: number, target: Target): FeedSample {
  return { key: UP, labels: () => attached([[NAME, UP]], target), value };
}

function sampleOf(name: string, { labels, value }: Point, target: Target): FeedSample {
  return { key: `${name}{${labels}`, labels: () => attached([[NAME, name], ...parsed(labels)], target), value };
}
