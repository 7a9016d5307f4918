/** The built-in rule files, relative to the root, in the order in which they are printed. */
export const BUILTIN_FILES: readonly string[] = [
  'dashboards/alerts/latency.yaml',
  'dashboards/alerts/size.yaml',
  'dashboards/alerts/network.yaml',
  'dashboards/alerts/memory.yaml',
  'dashboards/alerts/self.yaml',
];

/** Rules and names that people bring along; loaded only where rule_files names it. */
export const FOLK_FILE = 'dashboards/alerts/folk/folk.yaml';

const RUNBOOK = /runbook_url: docs\/runbooks\/(\S+)/g;

/** The text of a built-in file with the pages of its runbooks below a URL. */
export function linkedRunbooks(text: string, base: string): string {
  const folder = base.replace(/\/?$/, '/');
  return text.replace(RUNBOOK, (_, page: string) => `runbook_url: ${JSON.stringify(new URL(page, folder).href)}`);
}
