import { execFileSync } from 'node:child_process';
import { has, workload } from './build.ts';
import { defer } from './cleanup.ts';
import { startProgram, type Workload } from './workload.ts';

/** A network namespace with a veth to the other side's. */
export type Side = {
  namespace: string;
  device: string;
  address: string;
  address6: string;
};

/** No namespace but this process's own: where a daemon, which looks from here, must reach the server too. */
export const HERE: Side = { namespace: '', device: 'lo', address: '127.0.0.1', address6: '::1' };

/** `silent` is an address at the far end of the client's veth where nobody answers: its packets go nowhere. */
export type Network = { client: Side; server: Side; silent: string };

let made = 0;

/** Why there can be no network namespaces for tests on this machine; null: they can be made. */
export function noNetworks(): string | null {
  return has('ip') ? null : 'not installed: ip';
}

/** Two network namespaces joined by a veth, offloads as the kernel sets them; removed with the test. */
export function network(): Network {
  const name = `pooldrift-${process.pid}-${made++}`;
  const client = side(name, 'client', 1);
  const server = side(name, 'server', 2);
  ip(
    `link add ${client.device} netns ${client.namespace} type veth peer name ${server.device} netns ${server.namespace}`,
  );
  configure(client);
  configure(server);
  const silent = '10.231.0.99';
  ip(`-n ${client.namespace} neigh add ${silent} lladdr 02:00:00:00:00:99 dev ${client.device}`);
  return { client, server, silent };
}

function side(name: string, role: 'client' | 'server', host: number): Side {
  const namespace = `${name}-${role}`;
  ip(`netns add ${namespace}`);
  defer(() => ip(`netns del ${namespace}`));
  ip(`-n ${namespace} link set lo up`);
  const it = { namespace, device: role, address: `10.231.0.${host}`, address6: `fd31::${host}` };
  // Sockets by the thousand, made and closed by the thousand a second.
  setting(it, 'net.ipv4.ip_local_port_range', '1024 65535');
  setting(it, 'net.ipv4.tcp_tw_reuse', '1');
  return it;
}

/** Gives a side's device its addresses, and sets it up. */
export function configure({ namespace, device, address, address6 }: Side): void {
  ip(`-n ${namespace} addr add ${address}/24 dev ${device}`);
  ip(`-n ${namespace} addr add ${address6}/64 dev ${device} nodad`);
  ip(`-n ${namespace} link set dev ${device} up`);
}

/** Sets a sysctl of the namespace. */
export function setting(side: Side, name: string, value: string | number): void {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  inside(side, 'sh', ['-c', `echo '${value}' > ${path}`]);
}

/** A counter of the namespace, as in its /proc/net/snmp and /proc/net/netstat: `Tcp.RetransSegs`, `TcpExt.ListenOverflows`. */
export function counter(side: Side, name: string): number {
  const [group, field] = name.split('.');
  const text = inside(side, 'cat', ['/proc/net/snmp', '/proc/net/netstat']);
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' '));
  const at = names?.indexOf(field!) ?? -1;
  if (at < 1) throw new Error(`the kernel counts no ${name}`);
  return Number(values![at]);
}

/** Runs a program in the namespace to its end; its output. */
export function inside(side: Side, program: string, args: readonly string[]): string {
  const [command, ...all] = enter(side, program, args);
  return execFileSync(command!, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The command line that runs a program in the namespace: the same process, everything else as here. */
export function enter({ namespace }: Side, program: string, args: readonly string[]): string[] {
  if (namespace === '') return [program, ...args];
  return ['nsenter', `--net=/run/netns/${namespace}`, program, ...args];
}

/** startWorkload() in a namespace. */
export function startIn(side: Side, name: string, ...args: (string | number)[]): Promise<Workload> {
  return startProgramIn(side, workload(name), args.map(String));
}

/** startProgram() in a namespace. */
export function startProgramIn(
  side: Side,
  program: string,
  args: readonly string[],
  env = process.env,
): Promise<Workload> {
  const [command, ...all] = enter(side, program, args);
  return startProgram(command!, all, env);
}

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] });
}
