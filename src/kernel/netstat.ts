import { readFileSync } from 'node:fs';

/** TcpExt ListenOverflows of the network namespace that a process is in; null: the process has gone. */
export function listenOverflows(tgid: number): number | null {
  try {
    return counterIn(readFileSync(`/proc/${tgid}/net/netstat`, 'utf8'), 'TcpExt', 'ListenOverflows');
  } catch {
    return null;
  }
}

/** A line of names and one of values for each group: Documentation/networking/snmp_counter.rst. Null: not there. */
export function counterIn(text: string, group: string, name: string): number | null {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' '));
  const at = names?.indexOf(name) ?? -1;
  return at > 0 && values?.[at] !== undefined ? Number(values[at]) : null;
}
