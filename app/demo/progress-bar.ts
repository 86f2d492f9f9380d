/** A progress bar: redrawn in place in a terminal, a line per tenth elsewhere. */
export function createProgressBar(stream: NodeJS.WriteStream, label: string) {
  const WIDTH = 40
  let lastTenth = -1

  return {
    update(done: number, total: number, unit: string): void {
      const share = total === 0 ? 1 : done / total
      const text = `${label} ${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`
      if (stream.isTTY) {
        const filled = Math.round(share * WIDTH)
        stream.write(`\r[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${text}`)
        return
      }
      const tenth = Math.floor(share * 10)
      if (tenth > lastTenth) stream.write(`${Math.floor(share * 100)} % ${text}\n`)
      lastTenth = tenth
    },
    finish(): void {
      if (stream.isTTY) stream.write('\n')
    },
  }
}
