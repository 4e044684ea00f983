import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { legendOf, limitOf, reachOf, titleOf, valueAxis, withSpread } from './chart-frame.ts';
import type { Chart, PlottedPoint, PlottedSeries } from './chart.ts';
import type { Drawing } from './render-svg.ts';
import { shown } from './shown.ts';
import { INK, OTHERS, seriesColour } from './style.ts';
import { whisker } from './whisker.ts';

const BAR = 16;
const BETWEEN_BARS = 3;
const BETWEEN_GROUPS = 14;
const LABEL_WIDTH = 260;

/** Lying bars of the medians from nothing on, with a whisker from least to greatest. */
export function drawBars(chart: Chart, series: readonly PlottedSeries[]): Drawing {
  const labels = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))];
  const isSetOff = series.length === 1 && labels.some(isOurs);
  const colourOf = (label: string | undefined, at: number): string =>
    isSetOff && !isOurs(label) ? OTHERS : seriesColour(at);
  const group = series.length * (BAR + BETWEEN_BARS) + BETWEEN_GROUPS;
  const top = series.length > 1 ? 66 : chart.limit === undefined ? 44 : 60;
  return {
    height: top + labels.length * group + 52,
    option: {
      title: titleOf(chart.title),
      legend: legendOf(series.map(({ name }) => name)),
      grid: { left: LABEL_WIDTH + 24, right: 84, top, bottom: 52 },
      xAxis: {
        ...valueAxis(withSpread(chart.values, series), { nameGap: 28 }),
        min: 0,
        ...reachOf(chart, series),
      },
      yAxis: {
        type: 'category',
        data: labels,
        inverse: true,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: OTHERS } },
        axisLabel: { color: INK, fontSize: 12, width: LABEL_WIDTH, overflow: 'break', interval: 0 },
      },
      series: series.map(({ name, points }, at) => ({
        type: 'custom',
        name,
        silent: true,
        itemStyle: { color: seriesColour(at) },
        encode: { x: [1, 2], y: 0 },
        ...(at === 0 ? limitOf(chart) : {}),
        data: points.map((point) => [labels.indexOf(point.at), point.median, point.max]),
        renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
          bar(points[params.dataIndex], api, {
            offset: (at - (series.length - 1) / 2) * (BAR + BETWEEN_BARS),
            colour: colourOf(points[params.dataIndex]?.at, at),
          }),
      })),
    },
  };
}

/** Among others, ours is set off by the colour. */
function isOurs(label = ''): boolean {
  return /\bours\b/.test(label);
}

function bar(
  point: PlottedPoint | undefined,
  api: CustomSeriesRenderItemAPI,
  { offset, colour }: { readonly offset: number; readonly colour: string },
) {
  if (point === undefined) return null;
  const row = api.value(0);
  const across = (value: number): number => api.coord([value, row])[0] ?? 0;
  const middle = (api.coord([0, row])[1] ?? 0) + offset;
  const [start, end] = [across(0), across(point.median)];
  return {
    type: 'group' as const,
    children: [
      {
        type: 'rect' as const,
        shape: { x: start, y: middle - BAR / 2, width: end - start, height: BAR, r: [0, 2, 2, 0] },
        style: { fill: colour },
      },
      ...(point.min < point.max ? whisker([across(point.min), middle], [across(point.max), middle]) : []),
      {
        type: 'text' as const,
        x: Math.max(end, across(point.max)) + 7,
        y: middle,
        style: { text: shown(point.median), fill: INK, fontSize: 12, verticalAlign: 'middle' as const },
      },
    ],
  };
}
