import type { Tone } from '../words/tone.ts';

/** A state in a word; the colour only repeats it. */
export function StatusChip({ tone, label }: { readonly tone: Tone; readonly label: string }) {
  return (
    <span class="chip" data-tone={tone}>
      <span class="chip-dot" aria-hidden="true" />
      {label}
    </span>
  );
}
