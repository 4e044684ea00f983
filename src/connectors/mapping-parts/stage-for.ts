import { compareWord } from '../../domain/canonical/compare-word.ts';
import type { DraftRemark } from '../../domain/mapping.ts';

/** A stage of deals as a CRM has it; in a list, in the order in which deals go through them. */
export interface CrmStage {
  readonly id: string;
  readonly name: string;
  /** Whether deals in it are still under way. */
  readonly isOpen: boolean;
  /** Whether it is of the pipeline that deals go into where nobody says which. */
  readonly isOfDefault: boolean;
}

/**
 * Why this stage: `mapped`, the connection's settings say so; `equal`, it is called the same; `first_open`, it is where deals begin, since none is
 * called so.
 */
export interface StageChoice {
  readonly id: string;
  readonly name: string;
  readonly how: 'mapped' | 'equal' | 'first_open';
}

/** The CRM's stage for one of Zena's, by the connection's `stages`. Null: the CRM has none that a deal could begin in. */
export function stageFor(
  stage: string,
  stages: Readonly<Record<string, string>> | undefined,
  crmStages: readonly CrmStage[],
): StageChoice | null {
  const mapped = mappedName(stage, stages);
  const byName = (name: string): CrmStage | undefined => called(name, crmStages);
  const found =
    (mapped === null ? undefined : chosen(byName(mapped), 'mapped')) ??
    chosen(byName(stage), 'equal') ??
    chosen(firstOpen(crmStages), 'first_open');
  return found ?? null;
}

/** What the record says where Zena's stage isn't the CRM's: null where it is, or is mapped. */
export function stageRemark(
  {
    stage,
    stages,
  }: { readonly stage: string; readonly stages: Readonly<Record<string, string>> | undefined },
  choice: StageChoice,
  field: string,
): DraftRemark | null {
  const mapped = mappedName(stage, stages);
  if (choice.how === 'mapped' || (choice.how === 'equal' && mapped === null)) return null;
  const why =
    mapped === null
      ? `The CRM has no stage "${stage}"`
      : `The CRM has no stage "${mapped}", which this connection has for "${stage}"`;
  return { field, code: 'stage_unknown', detail: `${why}: the deal is in its stage "${choice.name}".` };
}

function chosen(stage: CrmStage | undefined, how: StageChoice['how']): StageChoice | undefined {
  return stage === undefined ? undefined : { id: stage.id, name: stage.name, how };
}

function mappedName(stage: string, stages: Readonly<Record<string, string>> | undefined): string | null {
  const key = compareWord(stage);
  const entries = Object.entries(stages ?? {});
  const found =
    entries.find(([name]) => name === stage) ?? entries.find(([name]) => compareWord(name) === key);
  return found === undefined || compareWord(found[1]) === '' ? null : found[1];
}

/** Several pipelines may have one of a name: the default one's before another's. */
function called(name: string, crmStages: readonly CrmStage[]): CrmStage | undefined {
  const key = compareWord(name);
  if (key === '') return undefined;
  const same = crmStages.filter((stage) => compareWord(stage.name) === key);
  return same.find(({ isOfDefault }) => isOfDefault) ?? same[0];
}

function firstOpen(crmStages: readonly CrmStage[]): CrmStage | undefined {
  const open = crmStages.filter(({ isOpen }) => isOpen);
  return open.find(({ isOfDefault }) => isOfDefault) ?? open[0];
}
