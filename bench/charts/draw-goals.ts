import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { titleOf, valueAxis } from './chart-frame.ts';
import type { Drawing } from './render-svg.ts';
import { INK, MET, MISSED, SOFT_INK, WIDTH } from './style.ts';
import { whisker } from './whisker.ts';

/** How much of what its limit allows a goal used: 1 is the limit itself, less is better. */
export interface GoalShare {
  readonly bench: string;
  readonly goal: string;
  readonly met: boolean;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** The median itself, with its unit. */
  readonly text: string;
}

/** Beyond these a share is drawn at the edge. */
const [LEAST, MOST] = [0.01, 10];
const ROW = 21;
/** As it is estimated; a reader's font may need a fifth more. */
const LABEL_WIDTH = 390;
const VALUE_WIDTH = 76;
const TOP = 96;
const SUBTEXT =
  'Dot: median; whisker: least to greatest. The value over the limit, or the limit over the value where that is to be higher.\nLeft of the line the goal is met; what is beyond the axis stands at its end.';

/** One dot for each goal on an axis of factors, in which twice too much is as far from the limit as half of it. */
export function drawGoals(shares: readonly GoalShare[]): Drawing {
  return {
    height: TOP + shares.length * ROW + 54,
    option: {
      title: {
        ...titleOf('Goals: how much of what the limit allows is used'),
        subtext: SUBTEXT,
        subtextStyle: { color: SOFT_INK, fontSize: 12, lineHeight: 17 },
      },
      grid: { left: LABEL_WIDTH * 1.2, right: VALUE_WIDTH + 14, top: TOP, bottom: 54 },
      xAxis: {
        ...valueAxis({ text: 'share of the limit', log: true }, { nameGap: 28 }),
        min: LEAST,
        max: MOST,
        axisLabel: { color: SOFT_INK, fontSize: 11, formatter: percent },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        axisTick: { show: false },
        data: shares.map((_, at) => at),
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: '#f1f3f5' } },
        axisLabel: {
          interval: 0,
          width: LABEL_WIDTH,
          overflow: 'truncate',
          fontSize: 12,
          color: INK,
          formatter: (at: string) => labelOf(shares[Number(at)]),
        },
      },
      series: [
        {
          type: 'custom',
          silent: true,
          clip: false,
          encode: { x: 1, y: 0 },
          data: shares.map(({ median }, at) => [at, within(median)]),
          renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
            mark(shares[params.dataIndex], api),
          markLine: {
            silent: true,
            symbol: 'none',
            data: [{ xAxis: 1 }],
            lineStyle: { color: INK, type: 'dashed', width: 1 },
            label: { position: 'start', formatter: '← met   missed →', color: INK, fontSize: 11 },
          },
        },
      ],
    },
  };
}

const percent = (share: number): string => `${(share * 100).toLocaleString('en-US')}%`;

const within = (share: number): number => Math.min(MOST, Math.max(LEAST, share));

function labelOf(share: GoalShare | undefined): string {
  return share === undefined ? '' : `${share.bench}: ${share.goal}`;
}

function mark(share: GoalShare | undefined, api: CustomSeriesRenderItemAPI) {
  if (share === undefined) return null;
  const row = api.value(0);
  const place = (value: number): readonly [number, number] => {
    const [x = 0, y = 0] = api.coord([within(value), row]);
    return [x, y];
  };
  const [x, y] = place(share.median);
  const style = { fill: share.met ? MET : MISSED };
  return {
    type: 'group' as const,
    children: [
      ...(within(share.min) < within(share.max) ? whisker(place(share.min), place(share.max)) : []),
      // Told apart by shape as well as by colour.
      share.met
        ? { type: 'circle' as const, shape: { cx: x, cy: y, r: 5 }, style }
        : { type: 'rect' as const, shape: { x: x - 5, y: y - 5, width: 10, height: 10 }, style },
      {
        type: 'text' as const,
        x: WIDTH - 14,
        y,
        style: {
          text: share.text,
          fontSize: 12,
          align: 'right' as const,
          verticalAlign: 'middle' as const,
          fill: share.met ? INK : MISSED,
        },
      },
    ],
  };
}
