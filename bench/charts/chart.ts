import { spreadOf, type Spread } from '../../test/reliability/statistics.ts';

/** A picture of some of a bench's figures and goals, which it names as the bench's tables do. */
export interface Chart {
  /** Of its file, after the bench's: in kebab case, another for each chart of a bench. */
  readonly name: string;
  /** `bars`: lying, one for each point. `lines`: over numbers. */
  readonly kind: 'bars' | 'lines';
  readonly title: string;
  /** What the values are, with their unit. */
  readonly values: Axis;
  /** What the points of lines stand at. */
  readonly across?: Axis;
  /** By their names; of a single one the name is not shown. */
  readonly series: Readonly<Record<string, ChartPoints>>;
  /** Drawn right across, for a limit that all values share. */
  readonly limit?: { readonly at: number; readonly text: string };
}

export interface Axis {
  readonly text: string;
  /** Equal steps are equal factors; for lines only, since a bar has to begin at nothing. */
  readonly log?: boolean;
}

/**
 * Where each point stands (a label for bars, a number for lines), and the figure or goal whose values it shows; a list where the
 * figure's own name is the label.
 */
export type ChartPoints = Readonly<Record<string, string>> | readonly string[];

/** What a chart's names stand for. */
export type Figures = ReadonlyMap<string, readonly number[]>;

export interface PlottedSeries {
  readonly name: string;
  readonly points: readonly PlottedPoint[];
}

export interface PlottedPoint extends Spread {
  readonly at: string;
}

/** The chart's points with their values, those left out that have none. */
export function plot({ series }: Chart, figures: Figures): PlottedSeries[] {
  return Object.entries(series).map(([name, points]) => ({
    name,
    points: pairsOf(points).flatMap(([at, figure]) => {
      const values = figures.get(figure) ?? [];
      return values.length > 0 && values.every(Number.isFinite) ? [{ at, ...spreadOf(values) }] : [];
    }),
  }));
}

/** The names that stand for no figure: a chart would silently lack them. */
export function unknownFigures({ series }: Chart, figures: Figures): string[] {
  return Object.values(series)
    .flatMap(pairsOf)
    .flatMap(([, figure]) => (figures.has(figure) ? [] : [figure]));
}

function pairsOf(points: ChartPoints): readonly (readonly [at: string, figure: string])[] {
  return Array.isArray(points)
    ? (points as readonly string[]).map((name) => [name, name])
    : Object.entries(points);
}
