/** Stages as people write them in a form: a line each, `offer = Under offer`. */
export function stageLines(stages: Readonly<Record<string, unknown>>): string {
  return Object.entries(stages)
    .map(([zena, crm]) => `${zena} = ${String(crm)}`)
    .join('\n');
}

/** Reads them back; null where a line names no two stages. */
export function readStageLines(text: string): Readonly<Record<string, string>> | null {
  const stages = new Map<string, string>();
  for (const line of text.split(/\r?\n/u)) {
    if (line.trim() === '') continue;
    const [, zena = '', crm = ''] = /^([^=]*)=(.*)$/su.exec(line) ?? [];
    if (zena.trim() === '' || crm.trim() === '') return null;
    stages.set(zena.trim(), crm.trim());
  }
  return Object.fromEntries(stages);
}
