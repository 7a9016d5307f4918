import { existsSync } from 'node:fs';
import koffi from 'koffi';
import { KernelError, usefulLine } from './errors.ts';
import { lastErrno, loadNative, type Pointer } from './ffi.ts';
import { withLibbpfLog } from './log.ts';
import { Mapping, SyscallMap } from './map.ts';

const EPERM = 1;
const INFO_BYTES = 232;

export type ObjectPlan = {
  /** Entries of each map whose size the object leaves open. */
  entries: Readonly<Record<string, number>>;
  /** Maps and programs that this run has no use for, or this kernel no place. */
  without: readonly string[];
  /** Maps of another object that this one works on too, by name: their descriptors. */
  shared?: Readonly<Record<string, number>>;
  /** Read-only data by map name, in the machine's byte order, written before the load. */
  constants: Readonly<Record<string, Uint8Array>>;
};

export type ProgramInfo = { program: string; runs: number; runNs: number; recursionMisses: number };

/** One compiled BPF object: opened, loaded, attached, closed. Holds every native handle of it. */
export class BpfObject {
  readonly name: string;
  readonly #object: Pointer;
  readonly #maps = new Map<string, Pointer>();
  readonly #programs = new Map<string, Pointer>();
  #shared: ReadonlySet<string> = new Set();
  #links: Pointer[] = [];
  #mappings: Mapping[] = [];
  #log = '';
  #closed = false;

  private constructor(name: string, object: Pointer) {
    this.name = name;
    this.#object = object;
    const { bpf } = loadNative();
    for (let map = bpf.nextMap(object, null); map; map = bpf.nextMap(object, map))
      this.#maps.set(bpf.mapName(map), map);
    for (let program = bpf.nextProgram(object, null); program; program = bpf.nextProgram(object, program)) {
      this.#programs.set(bpf.programName(program), program);
    }
  }

  /** Opens and loads; the event loop stays alive in the verifier. @throws KernelError */
  static async load(name: string, path: string, plan: ObjectPlan): Promise<BpfObject> {
    if (!existsSync(path))
      throw new KernelError('not-built', `${path} is missing`, { remedy: 'Build it: npm start does' });
    return withLibbpfLog(async (log) => {
      const { bpf } = loadNative();
      const handle = bpf.open(path, null);
      if (!handle) throw new KernelError('open', `cannot open ${path}: ${usefulLine(log())}`, { log: log() });
      const object = new BpfObject(name, handle);
      try {
        object.#apply(plan);
        const result = await bpf.load(handle);
        object.#log = log();
        if (result < 0) throw refused(name, -result, log());
        return object;
      } catch (error) {
        object.close();
        throw error;
      }
    });
  }

  /** What libbpf and the verifier said at the load. */
  get log(): string {
    return this.#log;
  }

  #apply(plan: ObjectPlan): void {
    const { bpf } = loadNative();
    for (const [map, entries] of Object.entries(plan.entries)) bpf.setMaxEntries(this.#map(map), entries);
    for (const name of plan.without) this.#leaveOut(name);
    for (const [map, fd] of Object.entries(plan.shared ?? {})) bpf.reuse(this.#map(map), fd);
    this.#shared = new Set(Object.keys(plan.shared ?? {}));
    for (const [map, bytes] of Object.entries(plan.constants)) this.#writeInitial(map, bytes);
  }

  #leaveOut(name: string): void {
    const program = this.#programs.get(name);
    if (program === undefined) loadNative().bpf.setAutocreate(this.#map(name), false);
    else loadNative().bpf.setAutoload(program, false);
    this.#programs.delete(name);
  }

  #writeInitial(map: string, bytes: Uint8Array): void {
    const size = [0];
    const address = loadNative().bpf.initialValue(this.#map(map), size);
    if (!address || Number(size[0]) < bytes.length) throw new KernelError('open', `${this.name}: no room for ${map}`);
    new Uint8Array(koffi.view(address, bytes.length)).set(bytes);
  }

  /** Attaches every program named. @throws KernelError attach, with the program's name */
  async attach(programs: readonly string[]): Promise<void> {
    await withLibbpfLog(async (log) => {
      for (const program of programs) {
        const link = loadNative().bpf.attach(this.#program(program));
        const errno = lastErrno();
        if (!link) {
          throw new KernelError(
            'attach',
            `cannot attach ${this.name}/${program}: ${usefulLine(log()) || `errno ${errno}`}`,
            {
              log: log(),
            },
          );
        }
        this.#links.push(link);
      }
    });
  }

  /** Maps a BPF_F_MMAPABLE array. */
  view(map: string, length: number): Mapping {
    const mapping = new Mapping(this.mapFd(map), length, { writable: true });
    this.#mappings.push(mapping);
    return mapping;
  }

  syscallMap(map: string): SyscallMap {
    return new SyscallMap(this.mapFd(map));
  }

  mapFd(map: string): number {
    this.#alive();
    return loadNative().bpf.mapFd(this.#map(map));
  }

  /** @throws KernelError closed */
  #alive(): void {
    if (this.#closed) throw new KernelError('closed', `${this.name} has been closed`);
  }

  /** Whether a program is part of what was loaded. */
  has(program: string): boolean {
    return this.#programs.has(program);
  }

  programFd(program: string): number {
    this.#alive();
    return loadNative().bpf.programFd(this.#program(program));
  }

  /** An iterator program's link, to be run any number of times. @throws KernelError attach */
  iteratorLink(program: string): number {
    this.#alive();
    const { bpf } = loadNative();
    const link = bpf.attachIter(this.#program(program), null);
    if (!link) throw new KernelError('attach', `cannot attach ${this.name}/${program}: errno ${lastErrno()}`);
    this.#links.push(link);
    return bpf.linkFd(link);
  }

  /** struct bpf_prog_info (include/uapi/linux/bpf.h): run_time_ns at 192, run_cnt at 200, recursion_misses at 208. */
  programInfos(): ProgramInfo[] {
    return [...this.#programs.keys()].map((program) => {
      const info = new DataView(new ArrayBuffer(INFO_BYTES));
      loadNative().bpf.infoByFd(this.programFd(program), info.buffer, [INFO_BYTES]);
      const at = (offset: number) => Number(info.getBigUint64(offset, true));
      return { program, runNs: at(192), runs: at(200), recursionMisses: at(208) };
    });
  }

  /** Descriptors of every map of its own that exists in the kernel. */
  mapFds(): number[] {
    this.#alive();
    const own = [...this.#maps].filter(([name]) => !this.#shared.has(name));
    return own.map(([, map]) => loadNative().bpf.mapFd(map)).filter((fd) => fd >= 0);
  }

  /** Detaches and frees all. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { bpf } = loadNative();
    for (const link of this.#links.reverse()) bpf.destroyLink(link);
    for (const mapping of this.#mappings) mapping.unmap();
    this.#links = [];
    this.#mappings = [];
    bpf.close(this.#object);
  }

  #map(name: string): Pointer {
    const map = this.#maps.get(name);
    if (map === undefined) throw new KernelError('open', `${this.name} has no map ${name}`);
    return map;
  }

  #program(name: string): Pointer {
    const program = this.#programs.get(name);
    if (program === undefined) throw new KernelError('open', `${this.name} has no program ${name}`);
    return program;
  }
}

function refused(name: string, errno: number, log: string): KernelError {
  const why = usefulLine(log) || `errno ${errno}`;
  if (errno === EPERM) {
    return new KernelError('not-permitted', `cannot load BPF programs: ${name} is not permitted`, {
      remedy:
        process.getuid?.() === 0
          ? 'This kernel or this container forbids it to root as well: pooldrift doctor'
          : 'Run it as root (sudo npm start), or give the binary CAP_BPF and CAP_PERFMON: docs/privileges.md',
      log,
    });
  }
  return new KernelError('verifier', `the kernel refuses ${name}: ${why}`, { log });
}
