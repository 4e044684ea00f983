/** Who can mend a cause: those who publish the events, those who run this service, those who own the CRM account, or its makers. */
export const FIXERS = ['producer', 'operator', 'user', 'developer'] as const;
export type Fixer = (typeof FIXERS)[number];

/** What a code means to people. */
export interface Remedy {
  readonly meaning: string;
  readonly whoCanFix: Fixer;
  readonly whatToDo: string;
}

/** By code. */
export type Remedies = Readonly<Record<string, Remedy>>;
