import { foldText } from '../../domain/canonical/fold-text.ts';
import type { Json } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { ConnectorFacts, CrmHttp } from '../connector.port.ts';
import { heldId } from './exact-ids.ts';
import { FACTS_MAX_AGE_MS } from './assumed.ts';
import { idIn, isObject, listAll, textIn } from './vaultre-answers.ts';

/** The contact categories of the agency: `[{id, name}]`. */
export const CATEGORIES_FACT = 'categories';
const SUBURB_FACT = 'suburb:';

/** What names the id of a suburb; `code`: its postcode, else its state, else nothing. */
export function suburbFact(name: string, code: string | null): string {
  return `${SUBURB_FACT}${foldText(name)}|${foldText(code ?? '')}`;
}

export const vaultreFacts: ConnectorFacts = {
  maxAgeMs: FACTS_MAX_AGE_MS,
  read(http, name) {
    if (name === CATEGORIES_FACT) return readCategories(http);
    const [suburb = '', code = ''] = name.slice(SUBURB_FACT.length).split('|');
    return readSuburb(http, suburb, code);
  },
};

async function readCategories(http: CrmHttp): Promise<CallOutcome<Json>> {
  const outcome = await listAll(http, { verb: 'list', path: ['categories', 'contact'] });
  if (outcome.kind !== 'applied') return outcome;
  const categories = outcome.value.flatMap((item) => {
    const id = idIn(item);
    return id === null ? [] : [{ id: heldId(id), name: textIn(item, 'name') }];
  });
  return { kind: 'applied', value: categories };
}

/** By the postcode, which is searched as a whole, where there is one. Null: none is called so there, or several are. */
async function readSuburb(http: CrmHttp, name: string, code: string): Promise<CallOutcome<Json>> {
  const hasPostcode = /^\d{4}$/.test(code);
  const outcome = await listAll(http, {
    verb: 'find',
    path: ['suggest', 'suburb'],
    query: { term: hasPostcode ? code : name },
  });
  if (outcome.kind !== 'applied') return outcome;
  const called = outcome.value.filter(
    (item) => foldText(textIn(item, 'name')) === name && isObject(item) && item['isPoBox'] !== true,
  );
  const there = called.filter(
    (item) => code === '' || foldText(textIn(item, 'postcode')) === code || isInState(item, code),
  );
  const ids = [...new Set(there.map(idIn))].filter((id) => id !== null);
  return { kind: 'applied', value: ids[0] !== undefined && ids.length === 1 ? heldId(ids[0]) : null };
}

function isInState(item: Json, code: string): boolean {
  return isObject(item) && foldText(textIn(item['state'], 'abbreviation')) === code;
}
