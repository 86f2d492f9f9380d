/** Which codes a form asks for: so many for anybody, or one per line "name, serial number", either of which may be missing. */
export type NamedClaim = { readonly deviceId?: string; readonly serial?: string }

type Asked = { readonly kind: string; readonly count: string; readonly lines: string }

export function claimsOf({ kind, count, lines }: Asked): NamedClaim[] {
  if (kind === 'any') return Array.from({ length: Number(count) }, () => ({}))
  return lines
    .split('\n')
    .map((line) => line.split(/[,;\t]/).map((text) => text.trim()))
    .filter((parts) => parts.some((text) => text !== ''))
    .map(([deviceId = '', serial = '']) => ({
      ...(deviceId !== '' && { deviceId }),
      ...(serial !== '' && { serial }),
    }))
}
