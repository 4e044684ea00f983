import { styleText } from 'node:util';
import type { TextOutput } from './cli.ts';

type Paint = (text: string) => string;

/** Colours, or plain text where none are wanted. Never the only carrier of a meaning. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly caution: Paint;
  readonly link: Paint;
}

/** Colours only on a terminal that can show them, and not where `NO_COLOR` is set. */
export function styleFor(output: TextOutput, env: NodeJS.ProcessEnv): Style {
  const coloured = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    good: paint('green'),
    bad: paint('red'),
    caution: paint('yellow'),
    link: paint(['cyan', 'underline']),
  };
}
