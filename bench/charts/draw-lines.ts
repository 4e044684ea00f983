import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { legendOf, limitOf, reachOf, titleOf, valueAxis, withSpread } from './chart-frame.ts';
import type { Chart, PlottedPoint, PlottedSeries } from './chart.ts';
import type { Drawing } from './render-svg.ts';
import { shown } from './shown.ts';
import { seriesColour } from './style.ts';
import { whisker } from './whisker.ts';

/** Lines through the medians, with a whisker from least to greatest at each point. */
export function drawLines(chart: Chart, series: readonly PlottedSeries[]): Drawing {
  const [across, values] = [
    valueAxis(chart.across ?? { text: '' }, { nameGap: 28 }),
    withSpread(chart.values, series, '\n'),
  ];
  return {
    height: 340,
    option: {
      title: titleOf(chart.title),
      legend: legendOf(series.map(({ name }) => name)),
      grid: { left: 92, right: 40, top: series.length > 1 ? 72 : 50, bottom: 52 },
      xAxis: {
        ...across,
        ...(chart.across?.log === true ? {} : { minInterval: 1 }),
        min: 'dataMin',
        max: 'dataMax',
        axisLabel: { ...across.axisLabel, formatter: shown },
      },
      yAxis: {
        ...valueAxis(values, { nameGap: 52 }),
        ...(values.log === true ? {} : { min: 0 }),
        ...reachOf(chart, series),
      },
      series: series.flatMap(({ name, points }, at) => [
        {
          type: 'line',
          name,
          silent: true,
          symbol: 'circle',
          symbolSize: 7,
          clip: false,
          itemStyle: { color: seriesColour(at) },
          lineStyle: { width: 2, color: seriesColour(at) },
          data: points.map((point) => [Number(point.at), point.median]),
          ...(at === 0 ? limitOf(chart) : {}),
        },
        {
          type: 'custom',
          silent: true,
          z: 5,
          clip: false,
          encode: { x: 0, y: [1, 2] },
          data: points.map((point) => [Number(point.at), point.min, point.max]),
          renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
            standing(points[params.dataIndex], api),
        },
      ]),
    },
  };
}

function standing(point: PlottedPoint | undefined, api: CustomSeriesRenderItemAPI) {
  if (point === undefined || point.min === point.max) return null;
  const place = (value: number): readonly [number, number] => {
    const [x = 0, y = 0] = api.coord([Number(point.at), value]);
    return [x, y];
  };
  return { type: 'group' as const, children: whisker(place(point.max), place(point.min)) };
}
