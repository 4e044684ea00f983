import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { BACKGROUND, FONT, INK, WIDTH } from './style.ts';

use([CustomChart, GridComponent, LegendComponent, LineChart, MarkLineComponent, SVGRenderer, TitleComponent]);

/** What is drawn, and how high it is. */
export interface Drawing {
  readonly height: number;
  readonly option: EChartsCoreOption;
}

/** The same text for the same drawing, however many were drawn before. */
export function renderSvg({ height, option }: Drawing): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: BACKGROUND,
      textStyle: { fontFamily: FONT, color: INK },
      ...option,
    });
    return `${withoutPointer(chart.renderToSVGString()).trim()}\n`;
  } finally {
    chart.dispose();
  }
}

/** Takes out what serves a page's pointer only, and with it names that count on from one drawing to the next. */
function withoutPointer(svg: string): string {
  return svg
    .replaceAll(/<style\s*>[^]*?<\/style>/g, '')
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="visible")/g, '')
    .replaceAll(/(id="|url\(#)zr\d+-c(\d+)/g, '$1clip-$2')
    .replaceAll(/\n{2,}/g, '\n');
}
