import { cutText } from '../rules/cut.ts';
import { type Label, Labels } from '../rules/labels.ts';

/** The labels of whom the samples come from, as a scrape of Prometheus adds them; `cut`: a value was too long. */
export type Target = { labels: readonly Label[]; cut(): void };

/** A sample's labels with the target's. One that it has itself under such a name becomes `exported_NAME`, as there. */
export function attached(own: readonly Label[], { labels, cut }: Target): Labels {
  const added = new Set(labels.map(([name]) => name));
  const all = own.map(([name, value]): Label => {
    const kept = cutText(value);
    if (kept !== value) cut();
    return [added.has(name) ? exported(name, own) : name, kept];
  });
  return Labels.of([...all, ...labels]);
}

function exported(name: string, own: readonly Label[]): string {
  let free = `exported_${name}`;
  while (own.some(([other]) => other === free)) free = `exported_${free}`;
  return free;
}
