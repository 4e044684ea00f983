/** Epoch ms with fractions, which processes of one machine can compare. */
export const epochNow = (): number => performance.timeOrigin + performance.now();
