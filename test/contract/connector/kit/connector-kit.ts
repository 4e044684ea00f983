import { describe, expect, it } from '@jest/globals';
import {
  ACCOUNT_CASES,
  COMPANY_CASES,
  KIND_CASES,
  KIT_CASES,
} from '../../../../src/connectors/connector-page.ts';
import { leftOut } from '../../../../src/connectors/left-out.ts';
import { ENTITY_KINDS } from '../../../../src/domain/entity.ts';
import { goesInCompany } from './cases/company-cases.ts';
import { RUN_ACCOUNT_CASES, RUN_COMPANY_CASES, RUN_KIND_CASES } from './kit-cases.ts';
import type { KitSubject } from './kit-subject.ts';

/**
 * Holds a connector to the whole kit, through the whole core, against its own sandbox in this process. `leaves`: what it leaves out for what its
 * CRM can't do, `kind: case` or `case`, so that nobody leaves a case out unseen.
 */
export function connectorKit(subject: KitSubject, leaves: readonly string[]): void {
  const out = leftOut(subject.definition, subject.page);
  const isOut = (kind: string | null, name: string) =>
    out.some((one) => one.kind === kind && one.case === name);
  describe(`${subject.name} in the conformance kit`, () => {
    it('leaves out what its capabilities exclude, and nothing else', () => {
      expect(out.map((one) => (one.kind === null ? one.case : `${one.kind}: ${one.case}`))).toEqual(leaves);
    });

    for (const name of ACCOUNT_CASES) {
      if (isOut(null, name)) continue;
      it(KIT_CASES[name], () => RUN_ACCOUNT_CASES[name](subject));
    }

    for (const kind of ENTITY_KINDS.filter((one) => subject.definition.kinds[one] !== undefined)) {
      describe(`of a ${kind}`, () => {
        for (const name of KIND_CASES) {
          if (isOut(kind, name)) continue;
          it(KIT_CASES[name], () => RUN_KIND_CASES[name](subject, kind));
        }
        for (const name of COMPANY_CASES.filter((one) => goesInCompany(subject, kind, one))) {
          it(KIT_CASES[name], () => RUN_COMPANY_CASES[name](subject, kind));
        }
      });
    }
  });
}
