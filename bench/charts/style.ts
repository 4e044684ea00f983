/** White under everything: a picture is shown on light and on dark pages alike. */
export const BACKGROUND = '#ffffff';
export const INK = '#1f2937';
export const SOFT_INK = '#5b6472';
export const GRID = '#e3e6ea';
export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** Told apart by people who see few colours, too. */
export const SERIES_COLOURS = ['#2563a8', '#d9822b', '#3a8f7b', '#8a5fb0', '#6b7280'];
export const OTHERS = '#9aa7b8';
export const MET = '#1f8a70';
export const MISSED = '#c2410c';

/** Of all pictures, px; what a page of Markdown shows without shrinking it. */
export const WIDTH = 860;

export function seriesColour(at: number): string {
  return SERIES_COLOURS[at % SERIES_COLOURS.length] ?? INK;
}
