import type { SealedCredentials } from '../../../domain/connection.ts';

export interface SettingDocument {
  readonly _id: 'canary' | 'epoch';
  readonly sealed?: SealedCredentials;
  readonly epoch?: number;
}
