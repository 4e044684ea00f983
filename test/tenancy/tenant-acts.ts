import fc from 'fast-check';
import { ENTITIES } from './canary-bodies.ts';
import { USERS } from './tenancy-world.ts';

/** Something new; so under the e-mail that the user's other contacts have, or that all users' have; or the very words that it said last. */
export type Say = 'new' | 'shared' | 'common' | 'again';

/** What happens in a history. `user` and `at` count on in a circle, so that any number is one. */
export type TenantAct =
  /** Zena says that a record is the user's. */
  | {
      readonly do: 'change';
      readonly at: number;
      readonly user: number;
      readonly say: Say;
    }
  | { readonly do: 'delete'; readonly at: number; readonly user: number }
  | {
      readonly do: 'pause' | 'resume' | 'sync' | 'preview' | 'disconnect' | 'forget' | 'connect';
      readonly user: number;
    }
  | { readonly do: 'erase'; readonly user: number }
  | { readonly do: 'deliver'; readonly at: number; readonly user: number }
  /** The user's CRM refuses so many writes for good. */
  | { readonly do: 'refuse'; readonly user: number; readonly times: number }
  /** People write a word of the user's own into that user's CRM. */
  | { readonly do: 'edit'; readonly user: number }
  /** A program of before tells, under whom had a record before, of what it says now. */
  | { readonly do: 'leftover'; readonly at: number }
  | { readonly do: 'replay'; readonly user: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'look' };

const user = fc.nat({ max: USERS.length - 1 });
const at = fc.nat({ max: ENTITIES.length - 1 });

const act: fc.Arbitrary<TenantAct> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      at,
      user,
      say: fc.constantFrom<Say>('new', 'new', 'shared', 'common', 'common', 'again'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), at, user }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'pause' as const,
        'resume' as const,
        'resume' as const,
        'sync' as const,
        'preview' as const,
      ),
      user,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('disconnect' as const, 'forget' as const), user }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const), user }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), user }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), at, user }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('refuse' as const), user, times: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), user }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), user }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leftover' as const), at }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(50, 700, 3_000, 70_000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
);

/** Histories of users whose records move, are shared, are erased and come back. */
export const histories: fc.Arbitrary<TenantAct[]> = fc.array(act, {
  minLength: 5,
  maxLength: 45,
  size: 'max',
});
