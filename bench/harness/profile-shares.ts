/** What Node's profiler writes of a process: only what is read of it. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that each sample was found in. */
  readonly samples: readonly number[];
  /** Between one sample and the one before it, µs. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** How the processor's time of a process was spent, by the parts that the program is made of; µs. */
export type TimeByOwner = ReadonlyMap<string, number>;

const IDLE = '(idle)';
const GARBAGE = 'garbage collection';
const ENGINE = 'Node itself';

/** Whoever a frame belongs to: a package, a folder of ours, or Node. */
export function timeByOwner({ nodes, samples, timeDeltas }: CpuProfile): TimeByOwner {
  const owners = ownersOf(nodes);
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const owner = owners.get(id);
    if (owner === undefined) return;
    times.set(owner, (times.get(owner) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  });
  return times;
}

/** Of the same kind of process, taken together. */
export function addTimes(all: readonly TimeByOwner[]): TimeByOwner {
  const sum = new Map<string, number>();
  for (const times of all) {
    for (const [owner, time] of times) sum.set(owner, (sum.get(owner) ?? 0) + time);
  }
  return sum;
}

/** The largest first; what is below `least` (a part of all) is told in one. */
export function sharesOf(times: TimeByOwner, least = 0.03): readonly (readonly [string, number])[] {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const all = [...times].map(([owner, time]) => [owner, time / total] as const);
  const told = all.filter(([, share]) => share >= least).sort(([, one], [, other]) => other - one);
  const rest = 1 - told.reduce((sum, [, share]) => sum + share, 0);
  return rest < 0.005 ? told : [...told, ['others', rest]];
}

/** By the id of the node; what is nobody's is not in it. */
function ownersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map<number, string>();
  // What a native function takes is its caller's.
  const visit = (node: ProfileNode, caller: string): void => {
    if (isNobodys(node)) return;
    const owner = ownerOf(node, caller);
    owners.set(node.id, owner);
    for (const child of node.children ?? []) {
      const next = byId.get(child);
      if (next !== undefined) visit(next, owner);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, ENGINE);
  return owners;
}

/** The time in which nothing ran, and what profiling itself takes. */
function isNobodys({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return functionName === IDLE || url === 'node:inspector';
}

function ownerOf({ callFrame: { functionName, url } }: ProfileNode, caller: string): string {
  if (functionName === '(garbage collector)') return GARBAGE;
  if (url === '') return SQLITE_CALLS.has(functionName) && caller === SQLITE_STORE ? SQLITE : caller;
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  if (url.startsWith('node:')) return ENGINE;
  const folder = /\/src\/(state-store\/[^/]+|[^/]+)\//.exec(url)?.[1];
  return folder === undefined ? 'the bench' : `src/${folder}`;
}

const SQLITE_STORE = 'src/state-store/sqlite';
const SQLITE = 'SQLite';
/** The natives of `node:sqlite` that do the work; any other native that the store calls is its own. */
const SQLITE_CALLS = new Set(['all', 'get', 'run', 'iterate', 'exec', 'next', 'prepare']);
