import { describe, expect, it } from '@jest/globals';
import { ACCOUNT_CASES, COMPANY_CASES, KIND_CASES } from '../../../../src/connectors/connector-page.ts';
import { connectorKit } from './connector-kit.ts';
import { RUN_ACCOUNT_CASES, RUN_COMPANY_CASES, RUN_KIND_CASES } from './kit-cases.ts';
import { madeUpSubject } from './made-up/made-up-subject.ts';
import { MUTANTS } from './made-up/mutants.ts';

connectorKit(madeUpSubject, ['property: field_limit']);

describe('the kit catches a connector that breaks a promise', () => {
  it.each(ACCOUNT_CASES.map((name) => [name]))('%s', async (name) => {
    const mutant = { ...madeUpSubject, definition: MUTANTS[name] };
    await expect(RUN_ACCOUNT_CASES[name](mutant)).rejects.toThrow();
  });

  it.each(COMPANY_CASES.map((name) => [name]))('%s', async (name) => {
    const mutant = { ...madeUpSubject, definition: MUTANTS[name] };
    await expect(RUN_COMPANY_CASES[name](mutant, 'contact')).rejects.toThrow();
  });

  it.each(KIND_CASES.map((name) => [name]))('%s', async (name) => {
    const mutant = { ...madeUpSubject, definition: MUTANTS[name], searchLagMs: 30_000 };
    await expect(RUN_KIND_CASES[name](mutant, 'contact')).rejects.toThrow();
  });
});
