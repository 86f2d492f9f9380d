/**
 * Counts a test run from vitest's JSON report and writes the one line that it ends with. Whatever went wrong without
 * failing a test (a file that does not load, an error after the last test, a run without tests) counts as one failure,
 * so that the line and the exit code never disagree.
 */
export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** The part of vitest's JSON report that is read. */
export type VitestReport = {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** `report` is undefined when vitest did not get to write one. */
export function countTests(report: VitestReport | undefined, exitCode: number): TestCounts {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length
  const passed = report.numPassedTests
  const failed = report.numFailedTests + brokenFiles
  const skipped = report.numPendingTests + report.numTodoTests
  const isFailureUncounted = failed === 0 && (exitCode !== 0 || passed + skipped === 0)
  return { passed, failed: isFailureUncounted ? 1 : failed, skipped }
}

/** `12 passed, 0 failed` or `12 passed, 0 failed, 3 skipped` */
export function formatClosingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
