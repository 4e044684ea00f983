/**
 * The commit whose stores this program must open, and beside whose workers it must work: the one before the present issue. Whoever
 * begins an issue moves it to the last commit of the one before, and nothing else: what is fed to it and judged stays.
 */
export const COMMIT_BEFORE = 'ebd1c971b4bb5a7720c654d56f4b088d6d6e8917';

/**
 * The one whose stores of Follow Up Boss and of VaultRE this program must open: the first that had both whole. Moves with the other as soon as
 * that has them.
 */
export const COMMIT_BEFORE_OF_CRMS = '0d2694c357787ed156de169c09dee4829db89e3e';
