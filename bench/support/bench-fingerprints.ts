import { Buffer } from 'node:buffer';
import { fingerprintsUnder } from '../../src/credentials/fingerprints.ts';

/** The same in every process of a bench, so that one can tell beforehand whose budget a key is. */
export const benchFingerprints = fingerprintsUnder(Buffer.alloc(32, 7));
