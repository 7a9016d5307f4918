/** Those of Grafana's units that may be used here; a slip of the pen would be shown as a unit of its own. */
export const UNITS: ReadonlySet<string> = new Set([
  ...['none', 'percentunit', 'bytes', 's'],
  ...['ops', 'reqps', 'cps', 'pps'],
]);
