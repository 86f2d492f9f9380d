/** Leaves out what is not set, so that it is in no query and in no address. */
export function given<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  return Object.fromEntries(set) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> }
}
