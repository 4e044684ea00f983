import { recordKey, type EntityBody, type EntityKind, type RecordKey } from '../../src/domain/entity.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';

/** What can't be anything but one of ours, also folded, cut into names, put into an e-mail or an address. */
const WORD = /zq\d{5}q/g;

/** Which of an office's records a change is about; the same ids for every user, since a record may be anybody's. */
export const ENTITIES: readonly (readonly [EntityKind, string])[] = [
  ['contact', 'c1'],
  ['contact', 'c2'],
  ['contact', 'c3'],
  ['property', 'p1'],
  ['deal', 'd1'],
];

export interface Content {
  readonly body: EntityBody;
  readonly word: string;
}

/** Whose words are whose: each version of a record says a word of its own wherever it says anything. */
export interface Canaries {
  /** A content that nobody had before, with an e-mail of its own unless it is told. */
  make(kind: EntityKind, email?: string): Content;
  /** The user has a record that says this, or had. */
  give(key: RecordKey, content: Content, userId: string): void;
  /** What a record said last; null where it never said anything. */
  last(key: RecordKey): Content | null;
  /** These words are theirs, too, from now on. */
  leave(text: string, to: readonly string[]): void;
  /** Nothing that the user had is the user's any more. */
  forget(userId: string): void;
  /** Words in a text that are not one of this user's. */
  foreign(text: string, userId: string): string[];
  /** Words in a text that never were this user's. */
  never(text: string, userId: string): string[];
  /** Words in a text that are nobody's any more. */
  erased(text: string): string[];
  /** All words in a text. */
  in(text: string): string[];
  /** A word that is not the user's; null where there is none. */
  another(userId: string): string | null;
}

export function createCanaries(): Canaries {
  const owners = new Map<string, Set<string>>();
  const ever = new Map<string, Set<string>>();
  const lasts = new Map<RecordKey, Content>();
  const found = (text: string): string[] => [...new Set(text.toLowerCase().match(WORD) ?? [])];
  const ownersOf = (word: string): ReadonlySet<string> => owners.get(word) ?? new Set();

  return {
    make(kind, email) {
      const word = `zq${String(owners.size).padStart(5, '0')}q`;
      owners.set(word, new Set());
      ever.set(word, new Set());
      return {
        word,
        body: bodyOf(kind, word, email ?? `${word}@example.test`),
      };
    },
    give(key, content, userId) {
      owners.get(content.word)?.add(userId);
      ever.get(content.word)?.add(userId);
      lasts.set(key, content);
    },
    last: (key) => lasts.get(key) ?? null,
    leave(text, to) {
      for (const word of found(text)) for (const userId of to) owners.get(word)?.add(userId);
    },
    forget(userId) {
      for (const set of owners.values()) set.delete(userId);
    },
    foreign: (text, userId) => found(text).filter((word) => !ownersOf(word).has(userId)),
    never: (text, userId) => found(text).filter((word) => ever.get(word)?.has(userId) !== true),
    erased: (text) => found(text).filter((word) => ownersOf(word).size === 0),
    in: found,
    another: (userId) =>
      [...owners].reverse().find(([, set]) => set.size > 0 && !set.has(userId))?.[0] ?? null,
  };
}

function bodyOf(kind: EntityKind, word: string, email: string): EntityBody {
  switch (kind) {
    case 'contact':
      return contactBody({
        name: `${word} of ${word}`,
        emails: [email],
        relationshipNotes: [`likes ${word}`],
        attributes: { [word]: word },
      });
    case 'property':
      return propertyBody({
        address: `12 ${word} Street, Wellington`,
        vendors: ['c1'],
        buyers: ['c2', 'c3'],
        milestones: [{ type: 'listed', date: 1_700_000_000_000, notes: word }],
        riskOverview: word,
      });
    case 'deal':
      return dealBody({
        propertyId: 'p1',
        summary: `sale ${word}`,
        nextAction: `call ${word}`,
        nextActionOwner: word,
        riskFlags: [word],
        contacts: ['c1', 'c2'],
      });
  }
}

export const keyAt = (index: number): RecordKey => {
  const [kind, id] = ENTITIES[index % ENTITIES.length] ?? ['contact', 'c1'];
  return recordKey(kind, id);
};
