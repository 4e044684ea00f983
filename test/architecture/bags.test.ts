import { beforeAll, describe, expect, it } from '@jest/globals';
import { readSources } from './source-graph.ts';

const MOST_MEMBERS = 12;
/** A bag as large as this is a burden to each function that takes it whole. */
const LARGE = 10;
const MOST_FUNCTIONS = 12;
const BAG = /(Options|Parts|Deps|Context|Ports|Input)$/;

const INTERFACE = /^(?:export )?interface (\w+)(?:<.*>)?(?: extends ([^{]+))? \{\n([^]*?)^\}/gm;
const MEMBER = /^ {2}(?:readonly )?\w+\??[:(<]/gm;
const PARAMETER = /(?:\w\??|\}): (\w+)(?=[,)])/g;

describe('bags of parameters', () => {
  let bags: readonly Bag[];

  beforeAll(async () => {
    const sources = await readSources();
    bags = bagsOf([...sources].filter(([path]) => path.startsWith('src/')).map(([, text]) => text));
  });

  it('are found', () => {
    expect(bags.length).toBeGreaterThan(40);
  });

  it(`have at most ${MOST_MEMBERS} members, those that they inherit counted`, () => {
    expect(namesOf(bags.filter(({ members }) => members > MOST_MEMBERS))).toEqual([]);
  });

  it(`go to at most ${MOST_FUNCTIONS} functions where they are large`, () => {
    const everywhere = bags.filter(
      ({ members, functions }) => members >= LARGE && functions > MOST_FUNCTIONS,
    );
    expect(namesOf(everywhere)).toEqual([]);
  });
});

describe('a bag made up', () => {
  it('has its own members, optional ones and methods, and those of what it extends', () => {
    const text = [
      'interface Base {',
      '  readonly a: {',
      '    readonly inner: number;',
      '  };',
      '  b?: string;',
      '}',
      'export interface ThingParts extends Base {',
      '  /** Of three. */',
      '  go(at: number): void;',
      '}',
    ].join('\n');
    expect(bagsOf([text])).toEqual([{ name: 'ThingParts', members: 3, functions: 0 }]);
  });

  it('is counted for each function that takes it, whole or in pieces, and not where another bag holds it', () => {
    const text = [
      'interface ThingParts {',
      '  readonly a: number;',
      '}',
      'interface Other {',
      '  readonly parts: ThingParts;',
      '}',
      'function one(parts: ThingParts): void {}',
      'const two = ({ a }: ThingParts, b: number) => a + b;',
      'function three(',
      '  {',
      '    a,',
      '  }: ThingParts,',
      '): void {}',
    ].join('\n');
    expect(bagsOf([text])).toEqual([{ name: 'ThingParts', members: 1, functions: 3 }]);
  });
});

interface Bag {
  readonly name: string;
  readonly members: number;
  readonly functions: number;
}

function namesOf(bags: readonly Bag[]): readonly string[] {
  return bags.map(({ name }) => name).sort();
}

/** The bags of these sources. They are read by their lines, which Prettier decides. */
function bagsOf(texts: readonly string[]): readonly Bag[] {
  const declared = new Map<string, { readonly own: number; readonly bases: readonly string[] }>();
  const taken = new Map<string, number>();
  for (const text of texts) {
    for (const [, name = '', bases = '', body = ''] of text.matchAll(INTERFACE)) {
      const own = body.match(MEMBER)?.length ?? 0;
      // Two files may call something of their own the same.
      if (own < (declared.get(name)?.own ?? 0)) continue;
      declared.set(name, { own, bases: bases.split(',').map((base) => base.trim()) });
    }
    for (const [, name = ''] of text.matchAll(PARAMETER)) taken.set(name, (taken.get(name) ?? 0) + 1);
  }
  const size = (name: string): number => {
    const { own, bases } = declared.get(name) ?? { own: 0, bases: [] };
    return bases.reduce((sum, base) => sum + size(base), own);
  };
  return [...declared.keys()]
    .filter((name) => BAG.test(name))
    .map((name) => ({ name, members: size(name), functions: taken.get(name) ?? 0 }));
}
