import { describe, expect, it } from '@jest/globals';
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
import { firstFound } from './first-found.ts';

const WORLD = { people: true, proxies: true };

describe('the simulation finds a program that', () => {
  it.each<[string, () => Sabotage, number, RegExp]>([
    ['believes one 401', believed401, 13, /stopped although nobody refused/],
    ['believes one 404', believed404, 26, /left over|doubled/],
    ['takes what stands before a CRM for a fault of the record', () => pagesAreTheRecords, 5, /given up/],
    ['empties what Zena says nothing of', () => emptiesSent, 3, /harm: people's value/],
    ['keeps notes to itself', () => notesOverwritten, 1, /harm: people's line/],
    ['writes its lines anew each time', () => notesAppended, 1, /notes grew/],
    ['keeps lists of references to itself', () => listsOverwritten, 2, /harm: people's id/],
    ['keeps milestones and flags to itself', () => itemsOverwritten, 9, /harm: people's item/],
    ['clears what people had before Zena said it', () => equalledCleared, 3, /harm: people's value "buyer"/],
    ['never looks at what people changed', () => blindToChanges, 11, /harm/],
    ['keeps e-mails of another case apart', () => keysAsWritten, 59, /doubled/],
  ])(
    '%s',
    async (_name, sabotage, seed, how) => {
      expect(await firstFound({ sabotage, seed, how }, WORLD)).toMatch(how);
    },
    180_000,
  );
});
