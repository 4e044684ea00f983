import type { ConnectorKind, ConnectorKinds, CrmConnector } from '../../../src/connectors/connector.port.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { markerText } from '../crm/content-marker.ts';
import { isBlank } from '../crm/people-facts.ts';
import type { Sabotage } from '../world.ts';

/** Faults of a program that forgets that people work in the CRM, put around the connector. */

/** What Zena says nothing of is emptied. */
export const emptiesSent: Sabotage = rewritingUpdates((sent, zena) => ({
  ...sent,
  ...only(zena, (name, value) => name !== 'notes' && !Array.isArray(value) && isBlank(value)),
}));

/** Notes are Zena's alone. */
export const notesOverwritten: Sabotage = rewritingUpdates((sent, zena) => ({
  ...sent,
  ...only(zena, (name) => name === 'notes'),
}));

/** Zena's lines are written behind what stands there, each time. */
export const notesAppended: Sabotage = rewritingUpdates((sent, zena) =>
  isBlank(zena['notes'])
    ? sent
    : { ...sent, notes: `${String(sent['notes'] ?? '')}\n${String(zena['notes'])}` },
);

/** Lists of references are Zena's alone. */
export const listsOverwritten: Sabotage = rewritingUpdates((sent, zena) => ({
  ...sent,
  ...only(zena, (name) => ['vendors', 'buyers', 'contacts'].includes(name)),
}));

/** Lists of milestones and flags are Zena's alone. */
export const itemsOverwritten: Sabotage = rewritingUpdates((sent, zena) => ({
  ...sent,
  ...only(zena, (name) => ['milestones', 'riskFlags'].includes(name)),
}));

/** What people had already and Zena merely said, too, goes when she says it no more. */
export const equalledCleared: Sabotage = rewritingUpdates((sent, zena) =>
  sent['type'] === 'buyer' && isBlank(zena['type']) ? { ...sent, type: '' } : sent,
);

/** Nobody looks at what people changed. */
export const blindToChanges: Sabotage = wrappingKinds((kind) => ({
  ...kind,
  changes: () => Promise.resolve({ kind: 'applied', value: [] }),
}));

/** E-mails that differ in letter case are two people's. */
export const keysAsWritten: Sabotage = wrappingKinds((kind, name) => {
  if (name !== 'contact') return kind;
  const canonical = new Map<string, string>();
  return {
    ...kind,
    keys: (fields) =>
      kind.keys(fields).map((key) => {
        const hash = `${key.hash} ${Object.values(key.value).join(' ')}`;
        canonical.set(hash, key.hash);
        return { ...key, hash };
      }),
    find: (http, key) => kind.find(http, { ...key, hash: canonical.get(key.hash) ?? key.hash }),
  };
});

type Rewrite = (sent: JsonObject, zena: JsonObject) => JsonObject;

function rewritingUpdates(rewrite: Rewrite): Sabotage {
  return wrappingKinds((kind) => {
    const said = new Map<string, JsonObject>();
    const { core } = kind.parts;
    return {
      ...kind,
      fields(body, context) {
        const fields = kind.fields(body, context);
        said.set(markerText(fields), fields);
        return fields;
      },
      parts: {
        core: {
          ...core,
          update(http, remoteId, write) {
            const zena = said.get(markerText(write.fields)) ?? {};
            return core.update(http, remoteId, { ...write, fields: rewrite(write.fields, zena) });
          },
        },
      },
    };
  });
}

function wrappingKinds(wrap: (kind: ConnectorKind, name: EntityKind) => ConnectorKind): Sabotage {
  return {
    wrapConnector(connector): CrmConnector {
      const kinds = Object.entries(connector.kinds).map(([name, kind]) => [
        name,
        wrap(kind, name as EntityKind),
      ]);
      return { ...connector, kinds: Object.fromEntries(kinds) as ConnectorKinds };
    },
  };
}

function only(fields: JsonObject, which: (name: string, value: Json) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => which(name, value)));
}
