import type { Axis, Chart, PlottedSeries } from './chart.ts';
import { GRID, INK, SOFT_INK } from './style.ts';

export function titleOf(text: string) {
  return { text, left: 16, top: 12, textStyle: { fontSize: 15, fontWeight: 600, color: INK } };
}

/** Under the title, and only where there is something to tell apart. */
export function legendOf(names: readonly string[]) {
  return {
    show: names.length > 1,
    data: [...names],
    left: 11,
    top: 36,
    itemWidth: 14,
    itemHeight: 10,
    // How wide a text is, is only estimated, and a reader's font may be a wide one.
    itemGap: 36,
    icon: 'roundRect',
    selectedMode: false,
    textStyle: { color: INK, fontSize: 12 },
  };
}

/** Says what the whiskers are, where there are any. */
export function withSpread(axis: Axis, series: readonly PlottedSeries[], between = ' '): Axis {
  const spreads = series.some(({ points }) => points.some(({ min, max }) => min < max));
  return spreads ? { ...axis, text: `${axis.text}${between}(median; whisker: least to greatest)` } : axis;
}

export function valueAxis({ text, log }: Axis, side: { readonly nameGap: number }) {
  return {
    type: log === true ? 'log' : 'value',
    name: text,
    nameLocation: 'middle',
    ...side,
    nameTextStyle: { color: SOFT_INK, fontSize: 12 },
    axisLabel: { color: SOFT_INK, fontSize: 11 },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: GRID } },
  };
}

/** How far the axis of the values has to go for a limit that lies beyond them. */
export function reachOf({ limit }: Chart, series: readonly PlottedSeries[]) {
  const most = Math.max(...series.flatMap(({ points }) => points.map(({ max }) => max)));
  return limit !== undefined && limit.at > most ? { max: limit.at } : {};
}

/** A broken line at the chart's limit, on the axis of the values; to be spread into a series. */
export function limitOf({ limit, kind }: Chart) {
  if (limit === undefined) return {};
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      lineStyle: { color: INK, type: 'dashed', width: 1 },
      label: {
        formatter: limit.text,
        color: INK,
        fontSize: 11,
        position: kind === 'bars' ? 'start' : 'insideStartTop',
      },
      data: [kind === 'bars' ? { xAxis: limit.at } : { yAxis: limit.at }],
    },
  };
}
