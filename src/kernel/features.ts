import { existsSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { tracepointArguments } from './btf.ts';
import { KernelError } from './errors.ts';
import { loadNative } from './ffi.ts';

/** One thing that the daemon needs or can use: is it there, what is lost without it, what to do. */
export type Finding = {
  name: string;
  ok: boolean;
  detail: string;
  lost: string;
  remedy: string;
  /** The daemon cannot run without it. */
  required: boolean;
};

const CAP_SYS_PTRACE = 19;
const CAP_SYS_ADMIN = 21;
const CAP_PERFMON = 38;
const CAP_BPF = 39;

type Needs = { tracepoints: readonly string[]; required: boolean; lost: string; remedy: string };

const NEEDS: readonly Needs[] = [
  {
    tracepoints: [
      'sched_switch',
      'sched_waking',
      'sched_migrate_task',
      'sched_process_fork',
      'sched_process_exec',
      'sched_process_exit',
      'sched_process_free',
      'task_rename',
      'cgroup_attach_task',
    ],
    required: true,
    lost: 'the scheduler probe',
    remedy: 'A kernel with CONFIG_DEBUG_INFO_BTF and the scheduler tracepoints',
  },
  {
    tracepoints: [
      'inet_sock_set_state',
      'tcp_retransmit_skb',
      'tcp_retransmit_synack',
      'tcp_send_reset',
      'tcp_receive_reset',
    ],
    required: true,
    lost: 'the TCP probe',
    remedy: 'A kernel with CONFIG_INET',
  },
  {
    tracepoints: ['sk_data_ready', 'sock_recv_length', 'sock_send_length'],
    required: false,
    lost: 'the latency of requests, and where their time goes',
    remedy: 'A kernel >= 6.3, or latency: { metric: ... } from the program itself',
  },
  {
    tracepoints: ['tcp_sendmsg_locked'],
    required: false,
    lost: 'the exact moment of a response: it is taken some 1 us late, and 4 or more where TCP cannot send it at once',
    remedy: 'A kernel >= 6.16',
  },
];

/** What this kernel and these privileges allow. Loads nothing into the kernel. */
export function inspectKernel(): Finding[] {
  const capabilities = effectiveCapabilities();
  return [
    architecture(),
    kernelVersion(),
    capability('CAP_BPF', CAP_BPF, capabilities, 'BPF programs cannot be loaded'),
    capability('CAP_PERFMON', CAP_PERFMON, capabilities, 'tracepoints cannot be attached to, nor kernel memory read'),
    {
      ...capability(
        'CAP_SYS_PTRACE',
        CAP_SYS_PTRACE,
        capabilities,
        'programs of other users are not found, nor their sizes',
      ),
      required: false,
    },
    ...kernelTypes(),
    pidNamespace(),
  ];
}

type Tracepoints = ReadonlyMap<string, number | null>;

/** Each needs the one before it: a fault is told once. */
function kernelTypes(): Finding[] {
  const library = libbpf();
  if (!library.ok) return [library];
  const found = tracepointArguments(NEEDS.flatMap(({ tracepoints }) => tracepoints));
  return [library, btf(found), ...(found === null ? [] : tracepoints(found))];
}

/** The first required thing that is missing, as an error to stop with. */
export function requireKernel(findings: readonly Finding[]): void {
  const missing = findings.find((finding) => finding.required && !finding.ok);
  if (missing === undefined) return;
  throw new KernelError('cannot-run', `cannot run: ${missing.detail}`, { remedy: missing.remedy });
}

function architecture(): Finding {
  return {
    name: 'architecture',
    ok: process.arch === 'x64' || process.arch === 'arm64',
    detail: process.arch,
    lost: 'everything',
    remedy: 'pooldrift runs on x86-64 and arm64',
    required: true,
  };
}

function kernelVersion(): Finding {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return {
    name: 'kernel',
    ok: major > 5 || (major === 5 && minor >= 15),
    detail: `Linux ${release()}`,
    lost: 'task storage in tracing programs',
    remedy: 'A kernel >= 5.15',
    required: true,
  };
}

/** CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON (capabilities(7)), not for CAP_SYS_PTRACE. */
function capability(name: string, bit: number, effective: bigint, lost: string): Finding {
  const has = (wanted: number) => (effective & (1n << BigInt(wanted))) !== 0n;
  const ok = has(bit) || (bit >= CAP_PERFMON && has(CAP_SYS_ADMIN));
  return {
    name,
    ok,
    detail: ok ? 'held' : `${name} is missing (running as uid ${process.getuid?.()})`,
    lost,
    remedy: 'Run it as root (sudo npm start), or give the binary CAP_BPF and CAP_PERFMON: docs/privileges.md',
    required: true,
  };
}

function effectiveCapabilities(): bigint {
  const status = readFileSync('/proc/self/status', 'utf8');
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
}

function btf(found: Tracepoints | null): Finding {
  const file = '/sys/kernel/btf/vmlinux';
  const wrong = existsSync(file) ? `${file} cannot be read as BTF` : `this kernel has no BTF (${file} is missing)`;
  return {
    name: 'BTF',
    ok: found !== null,
    detail: found === null ? wrong : file,
    lost: 'programs cannot be fitted to this kernel',
    remedy: 'A kernel built with CONFIG_DEBUG_INFO_BTF=y: Debian >= 11, Ubuntu >= 20.10, RHEL >= 8.2, Fedora >= 31',
    required: true,
  };
}

function libbpf(): Finding {
  const finding = { name: 'libbpf', lost: 'everything', required: true };
  try {
    const version = loadNative().bpf.version();
    return { ...finding, ok: true, detail: version, remedy: '' };
  } catch (error) {
    const { message, remedy } = error as KernelError;
    return { ...finding, ok: false, detail: message, remedy: remedy ?? '' };
  }
}

function tracepoints(found: Tracepoints): Finding[] {
  return NEEDS.flatMap(({ tracepoints: names, ...needs }) =>
    names.map((name) => {
      const count = found.get(name) ?? null;
      const detail = count === null ? `this kernel has no tracepoint ${name}` : `${count} arguments`;
      return { name: `tp_btf/${name}`, ok: count !== null, detail, ...needs };
    }),
  );
}

/** The kernel side speaks of thread ids of the first PID namespace; /proc shows those of ours. 0xeffffffc: PROC_PID_INIT_INO. */
function pidNamespace(): Finding {
  const inode = readNamespace();
  return {
    name: 'PID namespace',
    ok: inode === 0xeffffffc,
    detail: inode === 0xeffffffc ? "the host's" : "not the host's: thread ids do not match",
    lost: 'no process can be found',
    remedy: 'Share the host PID namespace (docker --pid=host, Kubernetes hostPID: true)',
    required: true,
  };
}

function readNamespace(): number {
  try {
    return statSync('/proc/self/ns/pid').ino;
  } catch {
    return 0;
  }
}
