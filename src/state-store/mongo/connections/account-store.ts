import { randomUUID } from 'node:crypto';
import type { Collection } from 'mongodb';
import { connectionOfScope, type Scope } from '../../../domain/connection.ts';
import type { AccountStore } from '../../account-store.port.ts';
import { againIfRefused } from '../session/mongo-errors.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';

export interface AccountDocument {
  /** The scope. */
  readonly _id: Scope;
  readonly connectionId: string;
  /** The same for all that are of one account; says nothing else. */
  readonly account: string;
}

export function accountsIn({ database }: MongoSession): Collection<AccountDocument> {
  return database.collection('accounts');
}

/** Each try joins two accounts more at the most; so many that are joined by others at the same time are a fault. */
const ATTEMPTS = 20;

export function createAccountStore(session: MongoSession): AccountStore {
  const { ask } = session;
  const accounts = accountsIn(session);

  const accountsOf = async (scopes: readonly Scope[]): Promise<Map<Scope, string>> => {
    const found = await ask(() => accounts.find({ _id: { $in: [...scopes] } }, NEWEST).toArray());
    return new Map(found.map((each) => [each._id, each.account]));
  };
  /** Where none stands for it. */
  const place = async (scope: Scope, account: string): Promise<void> => {
    const update = { $setOnInsert: { connectionId: connectionOfScope(scope), account } };
    await againIfRefused(() => ask(() => accounts.updateOne({ _id: scope }, update, { upsert: true })));
  };

  const join = async (one: Scope, other: Scope): Promise<void> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await accountsOf([one, other]);
      const [mine, theirs] = [found.get(one), found.get(other)];
      if (mine !== undefined && mine === theirs) return;
      if (mine === undefined || theirs === undefined) {
        const account = mine ?? theirs ?? randomUUID();
        if (mine === undefined) await place(one, account);
        if (theirs === undefined) await place(other, account);
        continue;
      }
      // Whoever joins others of these at the same time goes the same way; who was overtaken sees it and goes on.
      const [kept, given] = mine < theirs ? [mine, theirs] : [theirs, mine];
      await ask(() => accounts.updateMany({ account: given }, { $set: { account: kept } }));
    }
    throw new Error(
      `the accounts of ${one} and ${other} changed ${String(ATTEMPTS)} times while they were joined`,
    );
  };

  return {
    kinOf: (scope) => kinOf(session, scope),
    join,
    async leave(scope) {
      await ask(() => accounts.deleteOne({ _id: scope }));
    },
  };
}

/** The other scopes of a scope's account. */
export async function kinOf(session: MongoSession, scope: Scope): Promise<Scope[]> {
  const { ask } = session;
  const accounts = accountsIn(session);
  const own = await ask(() => accounts.findOne({ _id: scope }));
  if (own === null) return [];
  const { account } = own;
  const kin = await ask(() =>
    accounts.find({ account, _id: { $ne: scope } }, { projection: { _id: 1 } }).toArray(),
  );
  return kin.map((each) => each._id);
}
