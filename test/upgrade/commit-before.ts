/**
 * The commit whose stores this program must open, and beside whose workers it must work: the one before the present issue. Whoever
 * begins an issue moves it to the last commit of the one before, and nothing else: what is fed to it and judged stays.
 */
export const COMMIT_BEFORE = 'cc02aded673f1380d21a7d678da94bedf1b9f950';
