import type { Report } from './report.ts';
import type { MeasureOptions } from './run-reliability.ts';
export const measurePoison = (_o: MeasureOptions): Promise<Report> => Promise.reject(new Error('soon'));
