import avro from 'avsc';

/**
 * Why two versions of an Avro schema do not read each other's values, one line for each direction that fails; empty when
 * they do. Pure. A text that is no Avro schema is a reason too.
 */
export function incompatibilities(ours: string, theirs: string): string[] {
  const here = parse(ours);
  const there = parse(theirs);
  if (here === null) return ['this version is no Avro schema'];
  if (there === null) return ['the registered version is no Avro schema'];
  const reasons: string[] = [];
  const reads = (direction: string, reader: avro.Type, writer: avro.Type) => {
    try {
      reader.createResolver(writer);
    } catch (error) {
      reasons.push(`${direction}: ${error instanceof Error ? firstLine(error.message) : 'unreadable'}`);
    }
  };
  reads('this version can not read what the registered one wrote', here, there);
  reads('the registered version can not read what this one writes', there, here);
  return reasons;
}

function parse(text: string): avro.Type | null {
  try {
    return avro.Type.forSchema(JSON.parse(text) as Parameters<typeof avro.Type.forSchema>[0]);
  } catch {
    return null;
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
