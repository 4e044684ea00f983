/** What a colour stands for; the words beside it always say the same. */
export type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'quiet';
