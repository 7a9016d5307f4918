import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import type { DaemonSet } from 'kubernetes-types/apps/v1.js';
import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');

export function deployed(path: string): string {
  return readFileSync(join(ROOT, 'deploy', path), 'utf8');
}

/** The settings of unit files, the drop-ins after their unit: systemd.syntax(7). An empty one takes back those before it. */
export function unitSettings(...paths: string[]): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const line of paths.flatMap((path) => deployed(path).split('\n'))) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) settings.set(key, value === '' ? [] : [...(settings.get(key) ?? []), value!]);
  }
  return settings;
}

/** Capabilities that a unit gives its process, as setpriv has them: bpf, sys_ptrace. */
export function unitCapabilities(...paths: string[]): string[] {
  const settings = unitSettings(...paths);
  const [ambient, bounding] = ['AmbientCapabilities', 'CapabilityBoundingSet'].map((key) =>
    (settings.get(key) ?? [])
      .flatMap((value) => value.split(' '))
      .map((name) => name.replace(/^CAP_/, '').toLowerCase()),
  );
  if (ambient!.join() !== bounding!.join()) throw new Error(`${ambient} are given, ${bounding} may be had`);
  return ambient!;
}

/** All objects of deploy/kubernetes/NAME. */
export function manifests(name: string): unknown[] {
  return parseAllDocuments(deployed(`kubernetes/${name}`), { strict: true }).map((document) => {
    if (!('errors' in document) || document.errors.length > 0) throw new Error(`${name}: ${document.errors?.join()}`);
    return document.toJS();
  });
}

/** The DaemonSet; `pod` is what it makes on each node, `container` the one in it. */
export function daemonSet(): { set: DaemonSet; pod: PodSpec; container: Container } {
  const [set] = manifests('daemonset.yaml') as [DaemonSet];
  const pod = set.spec!.template.spec!;
  return { set, pod, container: pod.containers[0]! };
}

/** One instruction of the Dockerfile. `flags`: those with a value. `words`: its arguments, of the shell form the whole line. */
export type Step = { name: string; flags: Record<string, string>; words: string[]; text: string };

/** A stage: what it is made from, and its instructions after FROM. */
export type Stage = { from: string; name: string | null; steps: Step[] };

export function stages(): Stage[] {
  const found: Stage[] = [];
  for (const instruction of DockerfileParser.parse(deployed('docker/Dockerfile')).getInstructions()) {
    const step = stepOf(instruction);
    if (step.name !== 'FROM') found.at(-1)!.steps.push(step);
    else found.push({ from: step.words[0]!, name: step.words[2] ?? null, steps: [] });
  }
  return found;
}

function stepOf(instruction: Instruction): Step {
  const flags = (instruction as JSONInstruction).getFlags?.() ?? [];
  const text = instruction
    .getRawArgumentsContent()!
    .replace(/\s*\\\n\s*/g, ' ')
    .replace(/^(--\S+\s+)+/, '');
  const words = instruction.getArguments().map((each) => each.getValue());
  return {
    name: instruction.getKeyword(),
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    words,
    text,
  };
}
