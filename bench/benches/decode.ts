import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import { startPart, type Measured } from '../harness/part.ts';

/** Our reading of a message, from bytes to a checked change, beside avsc alone. */
export const decodeBench: Bench = {
  name: 'decode',
  title: 'Decoding: ours beside avsc alone',
  measures:
    'How many change events a second are read from Avro bytes to checked changes, beside what avsc alone decodes.',
  async run({ quick, rounds }) {
    const count = quick ? 20_000 : 200_000;
    const ours = await startPart('decode', { side: 'ours' });
    const bare = await startPart('decode', { side: 'bare' });
    try {
      const checks = await Promise.all(
        [ours, bare].map((part) => part.ask<{ wrong: number; meanBytes: number }>('check')),
      );
      const measured = await alternate(rounds, {
        ours: () => ours.ask<number>('round', count),
        bare: () => bare.ask<number>('round', count),
      });
      const rate = (all: readonly Measured<number>[]) => all.map(({ value, ms }) => (value / ms) * 1_000);
      const cpu = (all: readonly Measured<number>[]) =>
        all.map(({ value, cpuMs }) => (cpuMs / value) * 1_000);
      const [oursRate, bareRate] = [rate(measured.ours), rate(measured.bare)];
      return {
        rows: [
          { figure: 'ours', values: oursRate, unit: '/s' },
          { figure: 'avsc alone', values: bareRate, unit: '/s' },
          { figure: 'ours, CPU an event', values: cpu(measured.ours), unit: ' µs' },
          { figure: 'avsc alone, CPU an event', values: cpu(measured.bare), unit: ' µs' },
        ],
        goals: [
          {
            goal: 'events a second, ours over avsc alone',
            atLeast: 0.8,
            values: quotients(oursRate, bareRate),
            bound:
              'ours does more than avsc alone, and reads texts quicker than it: all of a value’s are cut out of one',
          },
        ],
        charts: [
          {
            name: 'rate',
            kind: 'bars',
            title: 'Decoding',
            values: { text: 'events a second' },
            series: { events: ['ours', 'avsc alone'] },
          },
        ],
        notes: [
          `${count} events a round, of three kinds, ${Math.round(checks[0]?.value.meanBytes ?? 0)} bytes on average.`,
          'Ours also reads key and frame, bounds arrays, reads long numbers exactly, and checks every field of the shape.',
        ],
        wrong: checks.flatMap(({ value }) =>
          value.wrong === 0 ? [] : [`${value.wrong} events were not read back as they were`],
        ),
      };
    } finally {
      await Promise.all([ours.close(), bare.close()]);
    }
  },
};
