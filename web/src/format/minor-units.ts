/** "2,9" with two decimals is "290": what people write of an amount, exactly; what is none stays as it is for the server to refuse. */
export function toMinorUnits(text: string, digits: number): string {
  const match = /^(\d+)(?:[.,](\d*))?$/.exec(text.trim())
  const [, whole = '', fraction = ''] = match ?? []
  if (match === null || fraction.length > digits) return text.trim()
  return BigInt(whole + fraction.padEnd(digits, '0')).toString()
}
