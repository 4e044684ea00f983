import { describe, expect, it } from '@jest/globals';
import { makePlan } from '../plan/make-plan.ts';
import { simulate } from '../simulate.ts';
import type { Sabotage } from '../world.ts';
import { believed401, believed404, pagesAreTheRecords } from './answers.ts';
import {
  blindToChanges,
  emptiesSent,
  equalledCleared,
  itemsOverwritten,
  keysAsWritten,
  listsOverwritten,
  notesAppended,
  notesOverwritten,
} from './content.ts';

const MOST_SEEDS = 250;
const WORLD = { people: true, proxies: true };

/** The first seed that a fault shows in as it should; one that fails without it, too, shows nothing. */
async function firstFound(sabotage: () => Sabotage, how: RegExp): Promise<string | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    const plan = makePlan(seed, WORLD);
    const { failures } = await simulate(plan, { sabotage: sabotage() });
    const failure = failures.find((one) => how.test(one));
    if (failure !== undefined && (await simulate(plan)).failures.length === 0) return failure;
  }
  return null;
}

describe('the simulation finds a program that', () => {
  it.each<[string, () => Sabotage, RegExp]>([
    ['believes one 401', believed401, /stopped although nobody refused/],
    ['believes one 404', believed404, /left over|doubled/],
    ['takes what stands before a CRM for a fault of the record', () => pagesAreTheRecords, /given up/],
    ['empties what Zena says nothing of', () => emptiesSent, /harm: people's value/],
    ['keeps notes to itself', () => notesOverwritten, /harm: people's line/],
    ['writes its lines anew each time', () => notesAppended, /notes grew/],
    ['keeps lists of references to itself', () => listsOverwritten, /harm: people's id/],
    ['keeps milestones and flags to itself', () => itemsOverwritten, /harm: people's item/],
    ['clears what people had before Zena said it', () => equalledCleared, /harm: people's value "buyer"/],
    ['never looks at what people changed', () => blindToChanges, /harm/],
    ['keeps e-mails of another case apart', () => keysAsWritten, /doubled/],
  ])(
    '%s',
    async (_name, sabotage, how) => {
      expect(await firstFound(sabotage, how)).toMatch(how);
    },
    180_000,
  );
});
