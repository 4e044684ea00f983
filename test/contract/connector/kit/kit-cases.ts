import type { AccountCase, CompanyCase, KindCase } from '../../../../src/connectors/connector-page.ts';
import type { EntityKind } from '../../../../src/domain/entity.ts';
import { accountCases } from './cases/account-cases.ts';
import { companyCases } from './cases/company-cases.ts';
import { deliveryCases } from './cases/delivery-cases.ts';
import { identityCases } from './cases/identity-cases.ts';
import { peopleCases } from './cases/people-cases.ts';
import { valueCases } from './cases/value-cases.ts';
import type { KitSubject } from './kit-subject.ts';

/** Rejects where the connector doesn't keep its promise. */
export type RunKindCase = (subject: KitSubject, kind: EntityKind) => Promise<void>;
export type RunAccountCase = (subject: KitSubject) => Promise<void>;

export const RUN_KIND_CASES: Readonly<Record<KindCase, RunKindCase>> = {
  ...deliveryCases,
  ...identityCases,
  ...peopleCases,
  ...valueCases,
};
/** For one kind that has batches, or jobs. */
export const RUN_COMPANY_CASES: Readonly<Record<CompanyCase, RunKindCase>> = companyCases;
export const RUN_ACCOUNT_CASES: Readonly<Record<AccountCase, RunAccountCase>> = accountCases;
