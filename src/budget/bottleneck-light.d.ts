/** The package describes its main entry only; this one has the same class, without what clustering needs. */
declare module 'bottleneck/light.js' {
  export { default } from 'bottleneck';
}
