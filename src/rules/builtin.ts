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
