/** What Grafana's Prometheus data source makes of the values of variables: `.+` of all, else the names chosen. */
export type Chosen = Readonly<Record<string, '.+' | readonly string[]>>;

/**
 * A query as Grafana sends it: names of a variable that is a list are escaped for a regular expression in double quotes,
 * in which a double quote itself stays as it is (without the feature toggle prometheusSpecialCharsInLabelValues).
 */
export function filled(expr: string, chosen: Chosen, rateInterval: string): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replace(/\$(\w+)/g, (whole, name: string) => {
    const values = chosen[name];
    if (values === undefined) throw new Error(`${expr}: no value for ${whole}`);
    if (typeof values === 'string') return values;
    const escaped = values.map(escapedName);
    return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
  });
}

/** Two backslashes in the string are one in the regular expression. */
function escapedName(name: string): string {
  return name.replaceAll('\\', '\\'.repeat(4)).replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

/** Which values a variable offers. */
export function offered(regex: string, values: readonly string[]): string[] {
  const [, pattern] = /^\/(.*)\/$/.exec(regex)!;
  return values.filter((value) => new RegExp(pattern!).test(value));
}
