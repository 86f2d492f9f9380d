/** IBANs by their form; whether the account exists is for whoever enters it to find out. */

export function isIban(accountNumber: string): boolean {
  return /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(accountNumber.replaceAll(' ', ''))
}

/** In groups of four, as people read it; another kind of account number as it is. */
export function formatAccountNumber(accountNumber: string): string {
  if (!isIban(accountNumber)) return accountNumber
  return (accountNumber.replaceAll(' ', '').match(/.{1,4}/g) ?? []).join(' ')
}
