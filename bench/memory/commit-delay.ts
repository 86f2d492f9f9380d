/** Names the milliseconds that `slow-store-preload.ts` lets every COMMIT wait. */
export const commitDelayVariable = 'BENCH_COMMIT_DELAY_MS'
